import type { LoadProgress } from '../../../../workers/api.ts';

/** How fast a download runs, from the progress events seen so far. */
export interface DownloadPace {
  readonly file: string;
  /** Milliseconds of a monotonic clock, and the bytes that were there then. */
  readonly at: number;
  readonly bytes: number;
  /** Bytes a second, smoothed; null until two events are far enough apart. */
  readonly rate: number | null;
}

/** Events closer than this, in milliseconds, say nothing about the speed. */
const shortest = 400;
const weightOfNewest = 0.3;

/** @returns null outside a download. A new file keeps the speed of the last one. */
export function nextPace(
  pace: DownloadPace | null,
  { phase, file, bytes }: LoadProgress,
  now: number,
): DownloadPace | null {
  if (phase !== 'download') return null;
  if (pace?.file !== file || bytes < pace.bytes) return { file, at: now, bytes, rate: pace?.rate ?? null };
  if (now - pace.at < shortest) return pace;
  const newest = (1000 * (bytes - pace.bytes)) / (now - pace.at);
  return {
    file,
    at: now,
    bytes,
    rate: pace.rate === null ? newest : pace.rate + weightOfNewest * (newest - pace.rate),
  };
}
