import type { ModelSource, Notice, Pixels, Provider } from '../api.ts';
import type { Backend } from '../runtime/sessions.ts';
import type { BringWeights, WeightRequest } from './bring-components.ts';
import type { Checkpoint } from './checkpoint.ts';

/** How weights come onto this machine, each for the checkpoint that it is of, and what the user should know about it. */
export interface Bringer {
  /** Bytes of all these that must still be downloaded. */
  readonly missingBytes: (requests: readonly WeightRequest[]) => Promise<number>;
  /** Checks before anything is brought that there is room for all of it. @throws PinwordError 'storage-quota' */
  readonly ensureRoom: (requests: readonly WeightRequest[]) => Promise<void>;
  readonly bring: BringWeights;
  /** Asked for when all these are there; null where all is as one expects. */
  readonly notice: (requests: readonly WeightRequest[]) => Promise<Notice | null>;
}

/** What differs between a browser's worker and a test in Node. */
export interface EngineEnvironment {
  /** @throws PinwordError 'no-webgpu' | 'no-adapter' */
  readonly openBackend: (provider: Provider) => Promise<Backend>;
  /** @throws PinwordError 'file-not-found' | 'http-status' | 'network' | 'bad-safetensors' | … */
  readonly openCheckpoint: (source: ModelSource, signal: AbortSignal) => Promise<Checkpoint>;
  /** Brings weights onto this machine: into storage where `keep` says so, else for this worker's life. */
  readonly bringer: (keep: boolean) => Promise<Bringer>;
  /** @throws PinwordError for what is no picture that can be pinned */
  readonly decodeImage: (image: Blob) => Promise<Pixels>;
}

/** Weights that are not stored: there is nothing to make room for, and nothing to fetch. */
export function memoryBringer(bring: BringWeights): Bringer {
  return {
    missingBytes: () => Promise.resolve(0),
    ensureRoom: () => Promise.resolve(),
    bring,
    notice: () => Promise.resolve(null),
  };
}
