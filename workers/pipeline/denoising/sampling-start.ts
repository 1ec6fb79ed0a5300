import type { Schedule } from '../../schedulers/scheduler.ts';

/** A part of the picture that stays as it was: every step blends it back. */
export interface Keep {
  /** x_0 of the picture, [C · h·w] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** What it is noised with at every step, [C · h·w] */
  readonly noise: Float32Array<ArrayBuffer>;
  /** [h·w], 1 where the picture is made again, 0 where it is kept */
  readonly mask: Float32Array<ArrayBuffer>;
}

/** What a network is told that was trained to fill in a part of a picture (in_channels 9). */
export interface Inpainting {
  /** [h·w], 1 where the picture is made, 0 where it is known */
  readonly mask: Float32Array<ArrayBuffer>;
  /** x_0 of the picture with that part greyed, diffusers' masked_image_latents, [C · h·w] */
  readonly maskedLatents: Float32Array<ArrayBuffer>;
}

/** What a picture starts from. */
export interface SamplingStart {
  /** x_t of the first step in the network's own input scale, [C · h·w] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** Steps that are left out before it; the schedule begins with it too. */
  readonly firstStep: number;
  readonly keep?: Keep;
  readonly inpainting?: Inpainting;
}

/** Nothing but noise. @param noise N(0, 1), [C · h·w] */
export function startFromNoise(noise: Float32Array<ArrayBuffer>, { initialNoiseScale }: Schedule): SamplingStart {
  return { latents: noise.map((value) => value * initialNoiseScale), firstStep: 0 };
}

/**
 * The first step of a run that changes a picture by a strength in 0 … 1, as get_timesteps of diffusers' image to image:
 * 1 takes all steps, 0 none.
 */
export function firstStepOf(steps: number, strength: number): number {
  return Math.max(0, steps - Math.min(steps, Math.trunc(steps * strength)));
}

/**
 * A picture under noise.
 * @param original x_0, [C · h·w]
 * @param noise N(0, 1), [C · h·w]
 * @param schedule from `firstStep` on
 */
export function startFromLatents(
  original: Float32Array<ArrayBuffer>,
  noise: Float32Array<ArrayBuffer>,
  { steps: [first] }: Schedule,
  firstStep: number,
): SamplingStart {
  const { alpha, sigma } = first ?? { alpha: 1, sigma: 0 };
  return { latents: original.map((value, index) => alpha * value + sigma * (noise[index] ?? 0)), firstStep };
}
