import { toErrorData, type ErrorData, type Result } from '../../workers/api.ts';

/** What was thrown where nothing should be, as the result of a call. */
export function failed(thrown: unknown): Extract<Result<never>, { readonly ok: false }> {
  const error = toErrorData(thrown);
  tellConsole(error);
  return { ok: false, error };
}

/** The words of browsers and libraries help who looks for the cause; they are shown nowhere else. */
export function tellConsole({ code, message, details }: ErrorData): void {
  if (details !== undefined) console.warn(`${code}: ${message}\n${details}`);
}
