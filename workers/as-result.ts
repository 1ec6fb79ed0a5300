import type { Result } from './api.ts';
import { toErrorData } from './errors.ts';

/** Runs a task; what it throws becomes data. */
export async function asResult<T>(task: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await task() };
  } catch (error) {
    return { ok: false, error: toErrorData(error) };
  }
}
