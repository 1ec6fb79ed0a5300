import type { Schedule } from '../../schedulers/scheduler.ts';

/** What a picture starts from. */
export interface SamplingStart {
  /** x_t of the first step in the network's own input scale, [C · h·w] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** Steps that are left out before it; the schedule begins with it too. */
  readonly firstStep: number;
}

/** Nothing but noise. @param noise N(0, 1), [C · h·w] */
export function startFromNoise(noise: Float32Array<ArrayBuffer>, { initialNoiseScale }: Schedule): SamplingStart {
  return { latents: noise.map((value) => value * initialNoiseScale), firstStep: 0 };
}
