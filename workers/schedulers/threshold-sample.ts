import type { Thresholding } from './scheduler.ts';

/**
 * Dynamic thresholding of a predicted x_0, as diffusers' _threshold_sample: clips it at a quantile s of its absolute
 * values, 1 ≤ s ≤ maxValue, and divides by s.
 */
function thresholdSample(
  sample: Float32Array,
  { ratio, maxValue }: Pick<Thresholding, 'ratio' | 'maxValue'>,
): Float32Array<ArrayBuffer> {
  const bound = Math.min(Math.max(quantile(sample.map(Math.abs), ratio), 1), maxValue);
  return Float32Array.from(sample, (value) => Math.min(Math.max(value, -bound), bound) / bound);
}

interface StepState {
  /** The next latents without their share of x̂_0. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** x̂_0 of the step; null before the first one */
  readonly history: Float32Array<ArrayBuffer> | null;
}

/**
 * Ends a step whose x̂_0 has to be thresholded.
 * @param mask how much of each pixel is made again, [h·w]; the rest was put in place already. null where all is.
 */
export function thresholdStep(
  { latents, history }: StepState,
  thresholding: Thresholding,
  mask: Float32Array | null = null,
): StepState {
  if (history === null) return { latents, history };
  const original = thresholdSample(history, thresholding);
  const shareAt = (i: number): number =>
    thresholding.originalShare * (mask === null ? 1 : (mask[i % mask.length] ?? 1));
  return { latents: latents.map((value, i) => value + shareAt(i) * (original[i] ?? 0)), history: original };
}

/** torch.quantile: between its two neighbours in a straight line. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.sort();
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
