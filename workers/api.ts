/**
 * The only contract between the window and the worker. The window imports nothing else from workers/.
 *
 * Everything here survives a structured clone. Failures are data (Result), never exceptions: comlink would
 * drop their codes. Callbacks are comlink proxies. A cancelled call ends with the code 'cancelled'.
 */
import type { ErrorData } from './errors.ts';

export type { ErrorCode, ErrorData } from './errors.ts';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorData };

export type Provider = 'webgpu' | 'wasm';

/** What this machine can do, found out once at the start. */
export interface DeviceReport {
  /** null where the browser has no WebGPU or no adapter; `reason` then says what to do. */
  readonly webgpu: null | {
    readonly adapter: string;
    readonly shaderF16: boolean;
    readonly software: boolean;
    /** Largest single buffer, in bytes. */
    readonly maxBufferSize: number;
  };
  readonly reason: string | null;
  readonly storage: { readonly usage: number; readonly quota: number; readonly persisted: boolean } | null;
}

/** Where a checkpoint comes from. All are read through one code path. */
export type ModelSource =
  /** The miniature model that the site ships. */
  | { readonly kind: 'embedded' }
  /** A folder in diffusers layout behind a base URL. */
  | { readonly kind: 'url'; readonly baseUrl: string }
  /** A repository of the model hub. `endpoint` is the hub's origin. */
  | { readonly kind: 'hub'; readonly repo: string; readonly revision: string; readonly endpoint: string }
  /** A folder in diffusers layout on this machine: paths relative to its root. */
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly { readonly path: string; readonly file: File }[] }
  /** One .safetensors file with the original LDM keys. */
  | { readonly kind: 'single-file'; readonly file: File };

export type SchedulerName = 'ddim' | 'dpmsolver++2m-karras' | 'euler' | 'euler-ancestral' | 'lcm';

/** A LoRA file merged into the weights while they load; the stored base stays as it is. */
export interface LoraChoice {
  readonly file: File;
  readonly weight: number;
}

/**
 * The network that maps image embeddings to pseudo-words: the checkpoint's own, or a file of LinCIR, SEARLE or Pic2Word,
 * or the weights of our own format, with their config.json where it is at hand.
 */
export type ProjectorChoice = { readonly kind: 'checkpoint' } | { readonly kind: 'file'; readonly file: File; readonly config: File | null };

/** The CLIP vision tower: the checkpoint's own (its image_encoder, else that in its safety_checker), or another repository's. */
export type ImageEncoderChoice = { readonly kind: 'checkpoint' } | { readonly kind: 'from'; readonly source: Exclude<ModelSource, { readonly kind: 'single-file' }> };

export interface LoadModelRequest {
  readonly source: ModelSource;
  readonly provider: Provider;
  readonly projector: ProjectorChoice;
  readonly imageEncoder: ImageEncoderChoice;
  readonly loras: readonly LoraChoice[];
  /** Overrides of the memory plan; null lets the engine choose. */
  readonly plan: MemoryPlanOverrides | null;
  /** Keep what is downloaded in the browser's storage; else it is held in memory and gone with the worker. */
  readonly keep: boolean;
}

export interface MemoryPlanOverrides {
  /** All guidance branches in one UNet call, or one call each (slower, less memory). */
  readonly branches?: 'together' | 'one-by-one';
  /** Edge of a VAE tile in latent pixels; 0 decodes in one piece. */
  readonly vaeTile?: number;
  readonly precision?: 'f16' | 'f32';
  /** Keep the text and image encoders on the GPU between pictures. */
  readonly keepEncoders?: boolean;
  /** Keep the buffers of a step for the next one, instead of giving them back while it runs. */
  readonly keepBuffers?: boolean;
}

/** Progress of loading a model. Bytes count what must be read for this phase. */
export interface LoadProgress {
  readonly phase: 'find' | 'download' | 'verify' | 'convert' | 'compile' | 'ready';
  /** The file or module at work, e.g. "unet". */
  readonly file: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface ModelSummary {
  readonly id: string;
  readonly name: string;
  readonly provider: Provider;
  readonly precision: 'f16' | 'f32';
  /** Edge of the pictures that the model was trained on, in pixels. */
  readonly nativeSize: number;
  /** Sizes must be multiples of this. */
  readonly sizeMultiple: number;
  readonly predictionType: 'epsilon' | 'v_prediction';
  /** Numbers in a token embedding: textual-inversion embeddings of this width fit. */
  readonly embeddingDimension: number;
  readonly canPinPictures: boolean;
  /** The chosen memory plan in one line. */
  readonly plan: string;
  readonly predictedBytes: number;
  readonly bytesLoaded: number;
  readonly notices: readonly Notice[];
}

/** Something the user should know although nothing failed, e.g. a fall-back to f32. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** A textual-inversion embedding that a text can name. */
export interface EmbeddingWord {
  /** What is typed to mean it, e.g. "<cat-toy>": without whitespace, in any case, not inside a longer word. */
  readonly trigger: string;
  /** Positions that it takes. */
  readonly vectors: number;
}

/** An embedding whose trigger word means it in caption and negative prompt. */
export interface InstalledEmbedding {
  readonly trigger: string;
  readonly file: File;
}

/** One whitespace-separated word of the caption and where its tokens lie. */
export interface CaptionWord {
  readonly text: string;
  /** Positions in the 77-token sequence that a pin on this word replaces; empty when the word was cut off. */
  readonly positions: readonly number[];
  /** Tokens of this word with its punctuation. */
  readonly tokenCount: number;
  readonly cutOff: boolean;
  /** The installed embeddings that the word names, in order. */
  readonly embeddings: readonly EmbeddingWord[];
}

export interface CaptionTokens {
  readonly words: readonly CaptionWord[];
  /** Tokens used, BOS and EOS included, before cutting. */
  readonly tokenCount: number;
  /** Tokens that fit (77 for CLIP). */
  readonly limit: number;
}

/** A square region of an image, in its own pixels (after EXIF rotation). */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Size of an image after EXIF rotation, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** One text chunk of a PNG (tEXt, zTXt or iTXt; written as iTXt). */
export interface PngText {
  readonly keyword: string;
  readonly text: string;
}

/** What is pinned on a word: a picture, or a textual-inversion embedding (one or many vectors). */
export type Subject =
  | { readonly kind: 'picture'; readonly image: Blob; readonly region: Region | null }
  | { readonly kind: 'embedding'; readonly file: File };

export interface Pin {
  /** Index of the word among the caption's whitespace-separated words, from 0. */
  readonly word: number;
  /** Pseudo-words of several subjects on one word are averaged. */
  readonly subjects: readonly Subject[];
}

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

export type GenerateEvent =
  | { readonly type: 'phase'; readonly phase: 'encode-subjects' | 'encode-text' | 'denoise' | 'decode' | 'check'; readonly picture: number }
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

/** Milliseconds of each phase, for the unattended command and the benchmark. */
export interface Timings {
  readonly encodeSubjects: number;
  readonly encodeText: number;
  readonly denoise: number;
  readonly firstPreview: number;
  readonly decode: number;
  readonly perStep: number;
}

export interface GenerateSummary {
  readonly pictures: number;
  readonly timings: Timings;
  readonly provider: Provider;
  readonly adapter: string;
}

/** What a model file is, told by the names of its tensors. */
export type ModelFileKind = 'checkpoint' | 'lora' | 'embedding' | 'projector';

/** A checkpoint in the browser's storage. */
export interface StoredModel {
  readonly id: string;
  readonly name: string;
  readonly licence: string | null;
  /** Bytes on disk. */
  readonly bytes: number;
  /** False where a download was interrupted; loading the model goes on with it. */
  readonly complete: boolean;
  /** Milliseconds since 1970. */
  readonly lastUsed: number;
  readonly files: readonly { readonly path: string; readonly precision: 'f16' | 'f32'; readonly written: number; readonly size: number }[];
}

export interface VerifyReport {
  /** Bytes that were read. */
  readonly bytes: number;
  /** Paths of damaged files; loading the model downloads their damaged part again. */
  readonly damaged: readonly string[];
}

/** A textual-inversion file that was read. */
export interface EmbeddingSummary {
  /** The word that stands for it in a caption, as the file or its name says. */
  readonly name: string;
  readonly vectors: number;
  /** Numbers in each vector. */
  readonly dimension: number;
}

/** The engine as the window sees it. */
export interface EngineApi {
  /** Looks at the adapter and the storage; loads nothing. */
  probe(): Promise<Result<DeviceReport>>;
  loadModel(request: LoadModelRequest, onProgress: (progress: LoadProgress) => void): Promise<Result<ModelSummary>>;
  /** Tokenizes with the loaded model's tokenizer, and finds the embeddings that the text names. */
  tokenize(text: string, embeddings: readonly EmbeddingWord[]): Promise<Result<CaptionTokens>>;
  /**
   * Checks that a file is a picture that can be pinned (header first, then decoded) and measures it.
   * Needs no model; answers while a model loads or a picture forms.
   */
  inspectImage(image: Blob): Promise<Result<ImageSize>>;
  /** PNG with these text chunks. Needs no model; answers while a picture forms. */
  encodePng(pixels: Pixels, metadata: readonly PngText[]): Promise<Result<Blob>>;
  /** The text chunks of a PNG, empty where it has none. Needs no model. */
  readPngText(png: Blob): Promise<Result<readonly PngText[]>>;
  /** Encodes a picture ahead of time; cached by content, so that generate need not. @returns the content hash. */
  encodeSubject(image: Blob, region: Region | null): Promise<Result<string>>;
  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>>;
  /** Takes effect at the next step of the picture that is forming. */
  setGuidance(settings: GuidanceSettings): Promise<void>;
  /** Ends the running loadModel or generate within one step. */
  cancel(): Promise<void>;
  /** Tells what a file is by its header. Needs no model. */
  fileKind(file: File): Promise<Result<ModelFileKind>>;
  /** Reads a textual-inversion file. @param mustFit check that it fits the loaded model; else none is needed */
  inspectEmbedding(file: File, mustFit: boolean): Promise<Result<EmbeddingSummary>>;
  /** The pseudo-word of pictures as a textual-inversion file (safetensors) for diffusers, A1111 and ComfyUI. */
  exportEmbedding(subjects: readonly Subject[], token: string): Promise<Result<Blob>>;
  /** Downloads one file of a repository, e.g. a projector. */
  fetchFile(file: { readonly endpoint: string; readonly repo: string; readonly revision: string; readonly path: string }, onProgress: (progress: LoadProgress) => void): Promise<Result<Blob>>;
  /** Checkpoints in storage, the longest unused first. */
  storedModels(): Promise<Result<readonly StoredModel[]>>;
  deleteModel(id: string): Promise<Result<void>>;
  /** Reads every stored byte and compares hashes. `cancel` ends it. */
  verifyModel(id: string, onProgress: (progress: LoadProgress) => void): Promise<Result<VerifyReport>>;
  /** Frees the model. GPU memory comes back for certain only when the worker ends. */
  release(): Promise<void>;
}
