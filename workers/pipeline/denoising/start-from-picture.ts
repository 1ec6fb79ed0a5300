import type { Schedule } from '../../schedulers/scheduler.ts';
import { sampleLatents, type LatentDistribution } from '../modules/vae-encoder.ts';
import type { TorchGenerator } from './noise.ts';
import { startFromLatents, startFromNoise, type SamplingStart } from './sampling-start.ts';

/** What a run starts from, after the VAE's encoder. */
export interface EncodedStart {
  /** Of the picture; null where there is none. */
  readonly picture: LatentDistribution | null;
  /** [h·w], 1 where the picture is made again; null where all of it is. */
  readonly mask: Float32Array<ArrayBuffer> | null;
  /** Of the picture with what is marked in grey, for networks that read it; else null. */
  readonly masked: LatentDistribution | null;
}

interface Begin {
  /** What all is drawn from. */
  readonly generator: TorchGenerator;
  /** Noise of N(0, 1) for the first step, [C · h·w]: drawn from the generator when it is called. */
  readonly drawNoise: () => Float32Array<ArrayBuffer>;
  /** From `firstStep` on. */
  readonly schedule: Schedule;
  readonly firstStep: number;
}

/**
 * Where a run from a picture begins: as diffusers' StableDiffusionImg2ImgPipeline, or StableDiffusionInpaintPipeline
 * where there is a mask or the network reads one. It draws in their order, so that a seed gives the same picture.
 */
export function startFromPicture(
  { picture, mask, masked }: EncodedStart,
  { generator, drawNoise, schedule, firstStep }: Begin,
): SamplingStart {
  const draw = (distribution: LatentDistribution): Float32Array<ArrayBuffer> =>
    sampleLatents(
      distribution,
      distribution.standardDeviation === null ? null : generator.randn(distribution.mean.length),
    );
  // Inpainting at full strength begins with noise alone; a whole picture is still seen through it.
  const isNoise = picture === null || (mask !== null && firstStep === 0);
  const original = picture === null || (masked !== null && isNoise) ? null : draw(picture);
  const noise = drawNoise();
  const start =
    original === null || isNoise
      ? startFromNoise(noise, schedule)
      : startFromLatents(original, noise, schedule, firstStep);
  if (mask === null) return start;
  if (masked !== null) return { ...start, inpainting: { mask, maskedLatents: draw(masked) } };
  if (original === null) return start;
  // diffusers draws for the greyed picture here too, although this network does not read it.
  if (picture?.standardDeviation !== null) generator.randn(original.length);
  return { ...start, keep: { latents: original, noise, mask } };
}
