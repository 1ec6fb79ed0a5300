import type { ErrorData } from '../../workers/api.ts';

/** What was thrown where nothing should be, in words. */
export function unexpectedError(thrown: unknown): ErrorData {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message: `Something unexpected went wrong: ${words}` };
}
