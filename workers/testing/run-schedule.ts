import type { LinearCombination, Schedule } from '../schedulers/scheduler.ts';
import { thresholdStep } from '../schedulers/threshold-sample.ts';

/** The formula of fake_network in formats_reference.py. */
function fakeNetwork(latents: readonly number[], timestep: number): number[] {
  return latents.map((x, i) => 0.9 * Math.tanh(x) + 0.2 * Math.sin(0.01 * timestep + i));
}

interface Rows {
  readonly model: readonly number[];
  readonly latents: readonly number[];
  readonly history: readonly number[];
  readonly noise: ArrayLike<number>;
}

/** Σ coefficient·row, as the GPU does it. */
function applyCombination(c: LinearCombination, { model, latents, history, noise }: Rows): number[] {
  return latents.map(
    (x, i) => c.model * (model[i] ?? 0) + c.latents * x + c.history * (history[i] ?? 0) + c.noise * (noise[i] ?? 0),
  );
}

interface RunOptions {
  readonly network?: (latents: readonly number[], timestep: number) => readonly number[];
  readonly onStep?: (step: { readonly latents: readonly number[]; readonly original: readonly number[] }) => void;
}

/** The latents at the end of a run of a made-up network. @param draw fresh noise of N(0, 1) */
export function runSchedule(
  { steps }: Schedule,
  initial: readonly number[],
  draw: (count: number) => ArrayLike<number>,
  { network = fakeNetwork, onStep }: RunOptions = {},
): readonly number[] {
  let latents = initial;
  let history: readonly number[] = [];
  for (const { timestep, next, original, usesNoise, thresholding } of steps) {
    const noise = usesNoise ? draw(latents.length) : [];
    const rows = { model: network(latents, timestep), latents, history, noise };
    history = applyCombination(original, rows);
    latents = applyCombination(next, rows);
    if (thresholding !== null) {
      const state = { latents: Float32Array.from(latents), history: Float32Array.from(history) };
      const ended = thresholdStep(state, thresholding);
      latents = [...ended.latents];
      history = [...(ended.history ?? [])];
    }
    onStep?.({ latents, original: history });
  }
  return latents;
}
