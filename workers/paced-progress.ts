import type { LoadProgress } from './api.ts';

type OnProgress = (progress: LoadProgress) => void;

/** Milliseconds between two messages on the same file: a progress bar needs no more. */
const pause = 80;

/**
 * Progress that does not flood the window: a download tells of each chunk, tens of thousands for a large checkpoint. What
 * begins another phase or file and what ends one always passes.
 */
export function pacedProgress(onProgress: OnProgress, now: () => number = () => performance.now()): OnProgress {
  let last: LoadProgress | null = null;
  let at = -Infinity;
  return (progress) => {
    const isSame = last !== null && last.phase === progress.phase && last.file === progress.file;
    if (isSame && progress.bytes < progress.totalBytes && now() - at < pause) return;
    last = progress;
    at = now();
    onProgress(progress);
  };
}
