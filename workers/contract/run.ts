/** Making pictures. Part of the contract: see api.ts. */
import type { InstalledEmbedding, Pin, PinStrengths } from './caption.ts';
import type { Provider } from './model.ts';
import type { GuidanceSchedule } from './guidance-presets.ts';
import type { Notice } from './notices.ts';
import type { GuidanceSettings, RunSettings } from './settings.ts';

/** A picture that a run changes instead of beginning with nothing. */
export interface StartPicture {
  readonly image: Blob;
  /** What tells it from other pictures: see InspectedImage. */
  readonly hash: string;
  /** A picture that lies over the whole of it: white where it is made again, black or transparent where it stays; null makes all of it again. */
  readonly mask: Blob | null;
}

export interface GenerateRequest extends RunSettings {
  /** Left out, the run begins with noise. What sticks out of the asked size on two sides is cut off. */
  readonly start?: StartPicture;
  /** Where it is left out, that of `guidanceOverTime`. */
  readonly guidanceSchedule?: GuidanceSchedule;
  readonly caption: string;
  readonly pins: readonly Pin[];
  /** Only those that caption or negative prompt name are read. */
  readonly embeddings: readonly InstalledEmbedding[];
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
      readonly phase: 'encode-picture' | 'encode-subjects' | 'encode-text' | 'denoise' | 'decode' | 'check';
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
      /** At this step. */
      readonly strengths: PinStrengths;
      /** Predicted x_0 as RGB, one pixel a latent pixel. */
      readonly preview: Pixels;
    }
  | { readonly type: 'picture'; readonly picture: GeneratedPicture }
  | { readonly type: 'notice'; readonly notice: Notice };

export interface GeneratedPicture {
  /** Index among the pictures of this request, from 0. */
  readonly index: number;
  readonly seed: number;
  /** Of the noise that is mixed in, where the request asks for variation. */
  readonly variationSeed: number;
  readonly pixels: Pixels;
  /** True where the safety checker raised a concept; null where no check ran. */
  readonly flagged: boolean | null;
}

/**
 * Milliseconds of each phase, for the unattended command and the benchmark. A phase takes in what it opens, compiles and
 * falls back to: the first run at a size is slower than those after it.
 */
export interface Timings {
  readonly encodePicture: number;
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
