/** Making pictures. Part of the contract: see api.ts. */
import type { InstalledEmbedding, Pin } from './caption.ts';
import type { Notice, Provider } from './model.ts';

export type SchedulerName = 'ddim' | 'dpmsolver++2m-karras' | 'euler' | 'euler-ancestral' | 'lcm';

/** Which hidden states the unified condition takes from the sequence with pseudo-words: the paper's p, or all. */
export type SubjectPositions = 'pinned' | 'all';

/** Values that may be changed while the picture forms. */
export interface GuidanceSettings {
  /** Fuse ratio α in [0, 1]: 0 follows the text, 1 keeps the subject (UMM-Diffusion, Eq. 7). */
  readonly alpha: number;
  /** Guidance scale w ≥ 1 (Eq. 8); 1 switches classifier-free guidance off. */
  readonly guidanceScale: number;
}

export interface GenerateRequest extends GuidanceSettings {
  readonly caption: string;
  readonly negativePrompt: string;
  readonly pins: readonly Pin[];
  /** Only those that caption or negative prompt name are read. */
  readonly embeddings: readonly InstalledEmbedding[];
  readonly subjectPositions: SubjectPositions;
  readonly scheduler: SchedulerName;
  /** Denoising steps, 1–1000. */
  readonly steps: number;
  /** DDIM's η in [0, 1]. */
  readonly eta: number;
  /** Seed of the first picture, 0 … 2^32−1; picture i of several takes seed + i. */
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Number of pictures, 1–16, made one after the other. */
  readonly count: number;
  /** Run the checkpoint's own safety checker on the results, where it ships one. */
  readonly checkResult: boolean;
}

/** A small or a full picture, 8-bit RGBA, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** One text chunk of a PNG (tEXt, zTXt or iTXt; written as iTXt). */
export interface PngText {
  readonly keyword: string;
  readonly text: string;
}

export type GenerateEvent =
  | {
      readonly type: 'phase';
      readonly phase: 'encode-subjects' | 'encode-text' | 'denoise' | 'decode' | 'check';
      readonly picture: number;
    }
  | {
      readonly type: 'step';
      readonly picture: number;
      /** Steps done, from 1. */
      readonly step: number;
      readonly steps: number;
      readonly timestep: number;
      /** α and w of this step. */
      readonly guidance: GuidanceSettings;
      /** Predicted x_0 as RGB, one pixel a latent pixel. */
      readonly preview: Pixels;
    }
  | { readonly type: 'picture'; readonly picture: GeneratedPicture }
  | { readonly type: 'notice'; readonly notice: Notice };

export interface GeneratedPicture {
  /** Index among the pictures of this request, from 0. */
  readonly index: number;
  readonly seed: number;
  readonly pixels: Pixels;
  /** True where the safety checker raised a concept; null where no check ran. */
  readonly flagged: boolean | null;
}

/**
 * Milliseconds of each phase, for the unattended command and the benchmark. A phase takes in what it opens, compiles and
 * falls back to: the first run at a size is slower than those after it.
 */
export interface Timings {
  readonly encodeSubjects: number;
  readonly encodeText: number;
  readonly denoise: number;
  readonly firstPreview: number;
  readonly decode: number;
  /** `denoise` over the number of steps. */
  readonly perStep: number;
}

export interface GenerateSummary {
  readonly pictures: number;
  readonly timings: Timings;
  readonly provider: Provider;
  readonly adapter: string;
}
