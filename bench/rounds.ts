/** What one contestant is asked for again and again: a whole way of so many steps. */
export interface Contestant {
  readonly name: string;
  readonly run: () => Promise<Float32Array>;
}

/** Milliseconds, of the wall clock and of all cores of this process together. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

export interface Result {
  readonly name: string;
  readonly costs: readonly Cost[];
  readonly last: Float32Array;
}

/**
 * Runs all contestants in turn, round after round, so that what else the machine does falls on all of them alike. What a
 * first run compiles is not counted.
 */
export async function interleave(contestants: readonly Contestant[], rounds: number): Promise<readonly Result[]> {
  const results = contestants.map(({ name }): Result & { costs: Cost[]; last: Float32Array } => ({
    name,
    costs: [],
    last: new Float32Array(),
  }));
  for (const { run } of contestants) await run();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of contestants.entries()) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const last = await run();
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      const result = results[index];
      if (result === undefined) continue;
      result.costs.push({ wall, cpu: (user + system) / 1000 });
      result.last = last;
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = NaN, above = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (below + above) / 2;
}

/** From the least to the most, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The median of the ratios of each round, which what slows a whole round leaves alone. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? NaN)));
}

/** How alike two results are: peak signal-to-noise ratio over the range of the first, in dB. */
export function decibels(a: Float32Array, b: Float32Array): number {
  const range =
    a.reduce((most, value) => Math.max(most, value), -Infinity) -
    a.reduce((least, value) => Math.min(least, value), Infinity);
  const error = a.reduce((sum, value, index) => sum + (value - (b[index] ?? NaN)) ** 2, 0) / a.length;
  return error === 0 ? Infinity : 10 * Math.log10(range ** 2 / error);
}
