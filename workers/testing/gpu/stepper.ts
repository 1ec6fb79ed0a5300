import { guidanceBranches, stepCoefficients } from '../../pipeline/denoising/guidance.ts';
import { DenoiserSessions, type DenoiserMode } from '../../pipeline/denoising/denoiser-sessions.ts';
import { TorchGenerator } from '../../pipeline/denoising/noise.ts';
import { stableDiffusionPreview } from '../../pipeline/denoising/preview-matrix.ts';
import { timeEmbeddings, timestepSinusoid } from '../../pipeline/denoising/timestep-embedding.ts';
import type { Branch, Conditions } from '../../pipeline/modules/conditions.ts';
import type { LatentSize } from '../../pipeline/modules/latent-size.ts';
import type { LoadedPart } from '../../pipeline/modules/loaded-part.ts';
import type { LookSource } from '../../pipeline/modules/look-source.ts';
import { TextSource } from '../../pipeline/modules/text-source.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor } from '../../runtime/tensors.ts';

export const order: readonly Branch[] = ['unified', 'text', 'unconditional'];
export const tokens = 77;
/** α and w by the number of branches that have a weight. */
export const guidance = {
  3: { alpha: 0.5, guidanceScale: 7.5 },
  2: { alpha: 0, guidanceScale: 7.5 },
  1: { alpha: 0, guidanceScale: 1 },
} as const;
/** A step of no scheduler: what its numbers are is no matter. */
export const row = { model: 0.1, latents: 0.9, history: 0, noise: 0 };

export const timestepOf = (step: number): number => 999 - step;

/** Random hidden states of every branch, [3, 77, D]. */
export const drawnStates = (dim: number): Float32Array<ArrayBuffer> =>
  new TorchGenerator(1).randn(order.length * tokens * dim);

/** Runs steps of a UNet alone, for counting and timing. */
export interface Stepper {
  /** Latents from noise through so many steps. @param reuseInterval N of DeepCache @returns the latents */
  run(branches: keyof typeof guidance, steps: number, reuseInterval?: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** An adapter, and what its network looks at; every picture at strength 1. */
interface SteppedLook {
  readonly adapter: Pick<LoadedPart<unknown>, 'weights' | 'file'>;
  readonly source: LookSource;
}

export async function stepper(
  backend: Backend,
  unet: LoadedPart<UNetConfig>,
  size: LatentSize,
  mode: DenoiserMode = { branches: 'together', keeps: false, reuses: false, captures: false, looks: false },
  look: SteppedLook | null = null,
): Promise<Stepper> {
  const { cross_attention_dim: dims, block_out_channels: widths, in_channels: channels } = unet.config;
  const dim = dims[0] ?? 768;
  const states = floatTensor(backend, drawnStates(dim), [order.length, tokens, dim]);
  const text = new TextSource(backend, states, order);
  const conditions: Conditions = {
    branches: new Set(order),
    sources: look === null ? [text] : [text, look.source],
    wordMaps: look?.source.wordMaps ?? null,
    references: [],
  };
  const sinusoid = { flipSinToCos: unet.config.flip_sin_to_cos, frequencyShift: unet.config.freq_shift };
  const sessions = new DenoiserSessions(backend, {
    unet,
    ipAdapter: look?.adapter ?? null,
    preview: stableDiffusionPreview,
  });
  const denoiser = await sessions.open(size, mode);
  return {
    async run(branches, steps, reuseInterval = 1) {
      const weighed = guidanceBranches(guidance[branches], new Set(order));
      const computed = weighed.map(({ branch }) => branch);
      await denoiser.condition(conditions, computed);
      const embeddings = timeEmbeddings(
        Array.from({ length: steps }, (_, step) => timestepSinusoid(timestepOf(step), widths[0] ?? 0, sinusoid)),
      );
      const latents = new TorchGenerator(7).randn(channels * size.height * size.width);
      denoiser.begin({ latents, history: null, wordMaps: null });
      for (let step = 0; step < steps; step++) {
        const { preview } = await denoiser.step({
          noise: null,
          times: { embeddings, cond: null },
          timeIndex: step,
          coefficients: stepCoefficients(weighed, { next: row, original: row }),
          moment: {
            branches: computed,
            guidance: guidance[branches],
            strengths: { look: look?.source.wordMaps.words.map(() => 1) ?? [], detail: [] },
            step,
            steps,
          },
          noiseLevel: { alpha: 1, sigma: 0 },
          reuseInterval,
        });
        await preview;
      }
      return (await denoiser.read()).latents;
    },
    release: () => sessions.release(),
  };
}
