/**
 * DreamBench's metrics (Ruiz et al. 2023, 4.2). DINO and CLIP-I: mean cosine between the embeddings of a made picture and
 * of every real photo of its subject. CLIP-T: cosine between the made picture and its caption.
 */
import { cosine, mean } from '../../workers/pipeline/modules/cosine.ts';

/** Of one picture. */
export interface Scores {
  readonly dino: number;
  readonly clipI: number;
  readonly clipT: number;
}

export const metrics = ['dino', 'clipI', 'clipT'] as const satisfies readonly (keyof Scores)[];

/** Mean cosine between different photos of one subject; null where there is but one. */
export function realAgainstReal(photos: readonly Float32Array[]): number | null {
  const pairs = photos.flatMap((photo, index) => photos.slice(index + 1).map((other) => cosine(photo, other)));
  return pairs.length === 0 ? null : mean(pairs);
}

/** Values of subjects → the mean of the subjects' means. */
export function meanOfSubjects(values: ReadonlyMap<string, readonly number[]>): number {
  return mean([...values.values()].map(mean));
}

/** mulberry32: the interval must be the same on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The middle 95 % of what a statistic comes to over subjects drawn with replacement. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Paired bootstrap over subjects: by how much a method is better than another, both judged on the same subjects.
 * @param a mean of each subject under one method
 * @param b of the same subjects, in the same order, under the other
 */
export function pairedBootstrap(a: readonly number[], b: readonly number[], draws = 10_000): Interval {
  const differences = a.map((value, index) => value - (b[index] ?? NaN));
  const random = randomNumbers(draws);
  const means = Array.from({ length: draws }, () =>
    mean(differences.map(() => differences[Math.floor(random() * differences.length)] ?? NaN)),
  ).sort((x, y) => x - y);
  const at = (share: number): number => means[Math.round(share * (draws - 1))] ?? NaN;
  return { mean: mean(differences), low: at(0.025), high: at(0.975) };
}
