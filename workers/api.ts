/**
 * The only contract between the window and the worker: the calls here, the data that they carry in contract/. The window
 * imports nothing else from workers/.
 *
 * Everything here survives a structured clone. Failures are data (Result), never exceptions: comlink would
 * drop their codes. Callbacks are comlink proxies. A cancelled call ends with the code 'cancelled'.
 */
import type { CaptionTokens, EmbeddingWord, InspectedImage, PinStrengths, Subject } from './contract/caption.ts';
import type { HashedFile, SeenPicture, SmallPicture } from './contract/carried.ts';
import type { CutOutProgress, CutOutRequest, CutOutResult } from './contract/cut-out-networks.ts';
import type { LoadCost, LoadModelRequest, LoadProgress, ModelSummary } from './contract/model.ts';
import type { GenerateEvent, GenerateRequest, GenerateSummary, Pixels, PngText } from './contract/run.ts';
import type { CaptionScoreRequest, PictureScores, ScoreRequest } from './contract/scores.ts';
import type { GuidanceSettings } from './contract/settings.ts';
import type { ModelFileKind } from './contract/file-kinds.ts';
import type { MapPoint } from './contract/subject-map.ts';
import type { EmbeddingSummary, StoredModel, VerifyReport } from './contract/stored.ts';
import type { ErrorData } from './errors.ts';

export type * from './contract/caption.ts';
export * from './contract/carried.ts';
export * from './contract/cut-out.ts';
export * from './contract/cut-out-networks.ts';
export * from './contract/memory.ts';
export * from './contract/model.ts';
export type * from './contract/run.ts';
export * from './contract/file-kinds.ts';
export * from './contract/format-bytes.ts';
export * from './contract/limits.ts';
export * from './contract/notices.ts';
export * from './contract/prompt-weights.ts';
export * from './contract/qualities.ts';
export * from './contract/guidance-presets.ts';
export * from './contract/schedulers.ts';
export type * from './contract/scores.ts';
export * from './contract/setting-values.ts';
export type { AnySetting } from './contract/setting-row.ts';
export * from './contract/settings.ts';
export * from './contract/share-target.ts';
export * from './contract/subject-map.ts';
export type * from './contract/span.ts';
export type * from './contract/stored.ts';
export * from './contract/within.ts';
export * from './contract/words.ts';
export { toErrorData, type AddedPart, type ErrorCode, type ErrorData } from './errors.ts';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorData };

/** A message beside the calls, which the worker sends back as soon as its thread is free: a sign of life. */
export const areYouThere = 'are you there?';

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

/** Whether a load may go on, now that its cost is known. */
export type Consent = (cost: LoadCost) => boolean | Promise<boolean>;

/** The worker that cuts subjects out, as the window sees it: it starts when first needed, and ends when it is not. */
export interface CutOutApi {
  /** Fails with 'needs-download' | 'nothing-to-cut-out' | 'bad-cut-out-network' and as downloads and pictures do. */
  cutOut(request: CutOutRequest, onProgress: (progress: CutOutProgress) => void): Promise<Result<CutOutResult>>;
}

/** The worker that lays the map of subjects out, as the window sees it. */
export interface MapApi {
  /** Always the same for the same vectors. @param vectors all of one length, fewestOnMap at least */
  layout(vectors: readonly Float32Array[]): Promise<Result<readonly MapPoint[]>>;
}

/** The engine as the window sees it. */
export interface EngineApi {
  /** Looks at the adapter and the storage; loads nothing. */
  probe(): Promise<Result<DeviceReport>>;
  /** @param consent is asked before any weight is fetched; where it answers no, the call ends as cancelled */
  loadModel(
    request: LoadModelRequest,
    onProgress: (progress: LoadProgress) => void,
    consent: Consent,
  ): Promise<Result<ModelSummary>>;
  /** Tokenizes with the loaded model's tokenizer, and finds the embeddings that the text names. @param long see longCaptions */
  tokenize(text: string, embeddings: readonly EmbeddingWord[], long: boolean): Promise<Result<CaptionTokens>>;
  /**
   * Checks that a file is a picture that can be pinned (header first, then decoded) and measures it.
   * Needs no model; answers while a model loads or a picture forms.
   */
  inspectImage(image: Blob): Promise<Result<InspectedImage>>;
  /** PNG with these text chunks. Needs no model; answers while a picture forms. */
  encodePng(pixels: Pixels, metadata: readonly PngText[]): Promise<Result<Blob>>;
  /** The same PNG with these text chunks, and with these files (contract/carried.ts) and no others. Needs no model. */
  fillPng(png: Blob, metadata: readonly PngText[], files: readonly Blob[]): Promise<Result<Blob>>;
  /** The files that a PNG carries, within the bounds; they may be anything. Needs no model. */
  readPngFiles(png: Blob): Promise<Result<readonly HashedFile[]>>;
  /** What is seen of a pinned picture, with `edge` pixels along its region at most. Needs no model. */
  shrinkPicture(picture: SeenPicture, edge: number): Promise<Result<SmallPicture>>;
  /** The text chunks of a PNG, empty where it has none. Needs no model. */
  readPngText(png: Blob): Promise<Result<readonly PngText[]>>;
  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>>;
  /**
   * How near pictures are to pins and caption (CLIP-I, CLIP-T). Whatever else is asked of the engine ends it as cancelled,
   * so that no run waits for it. @param onScores is told of each picture as soon as its scores are known
   */
  scorePictures(
    request: ScoreRequest,
    onScores: (picture: number, scores: PictureScores) => void,
  ): Promise<Result<readonly PictureScores[]>>;
  /**
   * How near each picture is to each caption (CLIP-T): the nearest says what it shows (Radford et al. 2021, 3.1). Ends as
   * scorePictures does. @returns a row a picture
   */
  scoreCaptions(request: CaptionScoreRequest): Promise<Result<readonly (readonly number[])[]>>;
  /** Takes effect at the next step of the picture that is forming. */
  setGuidance(settings: GuidanceSettings): Promise<void>;
  /** As setGuidance. A voice that began off, and a detail that began at 0, stays so. */
  setPinStrengths(strengths: PinStrengths): Promise<void>;
  /** Ends the running loadModel, generate, exportEmbedding, scorePictures or scoreCaptions within one step. */
  cancel(): Promise<void>;
  /** Tells what a file is by its header. Needs no model. */
  fileKind(file: File): Promise<Result<ModelFileKind>>;
  /** Reads a textual-inversion file. @param mustFit check that it fits the loaded model; else none is needed */
  inspectEmbedding(file: File, mustFit: boolean): Promise<Result<EmbeddingSummary>>;
  /** Not while a model loads or a picture forms. @returns the pseudo-word of pictures as a textual-inversion file (safetensors) for diffusers, A1111 and ComfyUI. */
  exportEmbedding(subjects: readonly Subject[], token: string): Promise<Result<Blob>>;
  /**
   * The pseudo-word of each subject, to compare them with each other; null for one whose file cannot be read. It
   * ends as cancelled where anything else is asked, so ask for a few at a time. Not while a model loads or a picture forms.
   */
  pseudoWords(subjects: readonly Subject[]): Promise<Result<readonly (Float32Array | null)[]>>;
  /** Downloads one file of a repository, e.g. a projector. */
  fetchFile(
    file: {
      readonly endpoint: string;
      readonly repo: string;
      readonly revision: string;
      readonly path: string;
      /** Of a safetensors file this tensor alone, as a file of its own. */
      readonly tensor?: string;
    },
    onProgress: (progress: LoadProgress) => void,
  ): Promise<Result<Blob>>;
  /** Deletes what is kept of the looks of these pictures. @param pictures their hashes: see InspectedImage */
  forgetLooks(pictures: readonly string[]): Promise<Result<void>>;
  /** Checkpoints in storage, the longest unused first. */
  storedModels(): Promise<Result<readonly StoredModel[]>>;
  deleteModel(id: string): Promise<Result<void>>;
  /** Reads every stored byte and compares hashes. Several may run at once, also while a picture forms. */
  verifyModel(id: string, onProgress: (progress: LoadProgress) => void): Promise<Result<VerifyReport>>;
  /** Ends the running verifyModel of this checkpoint, and nothing else. */
  cancelVerify(id: string): Promise<void>;
}
