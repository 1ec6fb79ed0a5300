import type { Thresholding } from './scheduler.ts';

/**
 * Dynamic thresholding of a predicted x_0, as diffusers' _threshold_sample: clips it at a quantile s of its absolute
 * values, 1 ≤ s ≤ maxValue, and divides by s.
 */
export function thresholdSample(
  sample: Float32Array,
  { ratio, maxValue }: Pick<Thresholding, 'ratio' | 'maxValue'>,
): Float32Array<ArrayBuffer> {
  const bound = Math.min(Math.max(quantile(sample.map(Math.abs), ratio), 1), maxValue);
  return Float32Array.from(sample, (value) => Math.min(Math.max(value, -bound), bound) / bound);
}

/** torch.quantile: between its two neighbours in a straight line. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.sort();
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
