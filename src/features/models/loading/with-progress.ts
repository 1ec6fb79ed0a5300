import type { LoadProgress } from '../../../../workers/api.ts';

/** Runs a task of the engine. Progress comes by another port than the result, so that the last of it can come after: that is dropped. */
export async function withProgress<T>(
  task: (listen: (progress: LoadProgress) => void) => Promise<T>,
  onProgress: (progress: LoadProgress) => void,
): Promise<T> {
  let isDone = false;
  const result = await task((progress) => {
    if (!isDone) onProgress(progress);
  });
  isDone = true;
  return result;
}
