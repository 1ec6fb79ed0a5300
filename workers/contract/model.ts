/** Choosing and loading a checkpoint, and what is known of it afterwards. Part of the contract: see api.ts. */
import type { MemoryLevels, Precision } from './memory.ts';

import type { Notice } from './notices.ts';
import type { Judge } from './scores.ts';

export type Provider = 'webgpu' | 'wasm';

/** Where a checkpoint comes from. All are read through one code path. */
export type ModelSource =
  /** The miniature model that the site ships. */
  | { readonly kind: 'embedded' }
  /** A folder in diffusers layout behind a base URL. */
  | { readonly kind: 'url'; readonly baseUrl: string }
  /** A repository of the model hub. `endpoint` is the hub's origin. */
  | { readonly kind: 'hub'; readonly repo: string; readonly revision: string; readonly endpoint: string }
  /** A folder in diffusers layout on this machine: paths relative to its root. */
  | {
      readonly kind: 'folder';
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly file: File }[];
    }
  /** One .safetensors file with the original LDM keys. `config` is the .yaml of the same base name, where it was given too. */
  | { readonly kind: 'single-file'; readonly file: File; readonly config?: File };

/** A LoRA file merged into the weights while they load; the stored base stays as it is. */
export interface LoraChoice {
  readonly file: File;
  readonly weight: number;
}

/**
 * The network that maps image embeddings to pseudo-words: the checkpoint's own, or a file of LinCIR, SEARLE or Pic2Word,
 * or the weights of our own format, with their config.json where it is at hand.
 */
type ProjectorChoice =
  { readonly kind: 'checkpoint' } | { readonly kind: 'file'; readonly file: File; readonly config: File | null };

/** Sources whose files have paths. */
type FileSource = Exclude<ModelSource, { readonly kind: 'single-file' }>;

/** Where a part comes from: the checkpoint's own, or another repository's. */
export type LenderChoice = { readonly kind: 'checkpoint' } | { readonly kind: 'from'; readonly source: FileSource };

/** The IP-Adapter (Ye et al. 2023) that gives pinned pictures a look: a file at hand, or one of a repository's files. */
type IpAdapterChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: File }
  /** @example h94/IP-Adapter and "models/ip-adapter-plus_sd15.safetensors" */
  | { readonly kind: 'from'; readonly source: FileSource; readonly path: string };

/** Where the image encoder comes from that an IP-Adapter was trained with. */
type LookImageEncoderChoice =
  /** The folder image_encoder beside the adapter or at the top of its repository; of a file at hand: as 'checkpoint'. */
  | { readonly kind: 'adapter' }
  /** The checkpoint's own. */
  | { readonly kind: 'checkpoint' }
  /** A file of weights with transformers' names; its config is read from its shapes. */
  | { readonly kind: 'file'; readonly file: File }
  /** `path` is a folder with a config.json, or a file of weights; null looks where image encoders usually lie. */
  | { readonly kind: 'from'; readonly source: FileSource; readonly path: string | null };

/** A tiny autoencoder for the model's latents (TAESD), which decodes and encodes in a twentieth of the work. */
type TinyAutoencoderChoice =
  | { readonly kind: 'none' }
  /** One file with both halves, or a file each; the config.json that goes with them, where it is at hand. */
  | { readonly kind: 'files'; readonly files: readonly File[] }
  /** `path` is a folder with a config.json, or a file of weights; null is the top of the repository. */
  | { readonly kind: 'from'; readonly source: FileSource; readonly path: string | null };

export interface LoadModelRequest {
  readonly source: ModelSource;
  readonly provider: Provider;
  readonly projector: ProjectorChoice;
  /** The CLIP vision tower; the checkpoint's own is its image_encoder, else that in its safety_checker. */
  readonly imageEncoder: LenderChoice;
  /** Single files may lack it. */
  readonly vae: LenderChoice;
  readonly ipAdapter: IpAdapterChoice;
  /** Used with an IP-Adapter only. */
  readonly lookImageEncoder: LookImageEncoderChoice;
  /** Left out, there is none. */
  readonly tinyAutoencoder?: TinyAutoencoderChoice;
  /** Whether the VAE's encoder comes along, which else is brought when a run first starts from a picture. */
  readonly withVaeEncoder?: boolean;
  readonly loras: readonly LoraChoice[];
  /** Levels of the memory plan that the person chose; the engine chooses the others. */
  readonly plan: Partial<MemoryLevels>;
  /** Keep what is downloaded in the browser's storage; else it is held in memory and gone with the worker. */
  readonly keep: boolean;
  /** Bytes that the browser lets a page take, where that is known; a model that needs more is refused. */
  readonly memoryLimit?: number;
}

/** What a load takes where nothing else is chosen: the checkpoint's own parts, and nothing beside them. */
export const ownParts = {
  projector: { kind: 'checkpoint' },
  imageEncoder: { kind: 'checkpoint' },
  vae: { kind: 'checkpoint' },
  ipAdapter: { kind: 'none' },
  lookImageEncoder: { kind: 'adapter' },
  loras: [],
} as const satisfies Partial<LoadModelRequest>;

/** Progress of loading a model. Bytes count what must be read for this phase; while it is prepared, parts are counted. */
export interface LoadProgress {
  readonly phase: 'find' | 'download' | 'verify' | 'prepare' | 'ready';
  /** The file or module at work, e.g. "unet". */
  readonly file: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** What a load will cost, known from configs and headers before the first weight is fetched. */
export interface LoadCost {
  /** Bytes that must still be downloaded; the site's own files, files at hand and what is stored are not among them. */
  readonly downloadBytes: number;
  /** The chosen memory plan in one line. */
  readonly plan: string;
  /** GPU memory that the plan is predicted to need. */
  readonly predictedBytes: number;
  /** GPU memory that is expected to be free; null where the model runs on the processor. */
  readonly budgetBytes: number | null;
}

export interface ModelSummary {
  readonly id: string;
  readonly name: string;
  readonly provider: Provider;
  readonly precision: Precision;
  /** Edge of the pictures that the model was trained on, in pixels. */
  readonly nativeSize: number;
  /** Sizes must be multiples of this. */
  readonly sizeMultiple: number;
  readonly predictionType: 'epsilon' | 'sample' | 'v_prediction';
  /** Numbers in a token embedding: textual-inversion embeddings of this width fit. */
  readonly embeddingDimension: number;
  readonly canPinPictures: boolean;
  /** The IP-Adapter that gives pinned pictures a look; null where there is none. */
  readonly look: {
    /** Its file's name without the ending. */
    readonly name: string;
    /** By what it reads of a picture: the pooled embedding (plain), or patches through a resampler (plus) or one by one (full-face). */
    readonly kind: 'plain' | 'plus' | 'full-face';
    /** Tokens that it makes of a picture. */
    readonly tokens: number;
  } | null;
  /** Whether its latents are those of Stable Diffusion 1.x, as far as its config tells, so that TAESD reads them. */
  readonly takesTinyAutoencoder: boolean;
  /** The tiny autoencoder that is loaded with it; null where there is none. */
  readonly tinyAutoencoder: {
    /** Of its repository or file. */
    readonly name: string;
    /** Whether it can read pictures too. */
    readonly encodes: boolean;
  } | null;
  /** Whether it can read pictures to start from: its VAE's encoder is there. */
  readonly canStartFromPictures: boolean;
  /** Whether that encoder was loaded already. */
  readonly hasVaeEncoder: boolean;
  /** Bytes of that encoder that must be downloaded when it is first needed. */
  readonly pictureEncoderDownload: number;
  /** Whether fine detail of pinned pictures can be copied: it can read pictures, and its network has late self-attentions. */
  readonly canCopyDetail: boolean;
  /** Whether its network was made to fill in a part of a picture (in_channels 9). */
  readonly isForInpainting: boolean;
  /** What it can score pictures with; null where it has no image encoder. */
  readonly judge: Judge | null;
  /** What it is made of, as people know it: "text encoder", "UNet", … */
  readonly parts: readonly string[];
  /** The chosen memory plan in one line. */
  readonly plan: string;
  readonly bytesLoaded: number;
  readonly notices: readonly Notice[];
}
