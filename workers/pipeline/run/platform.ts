import type { ModelSource, Provider } from '../../api.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { Checkpoint } from '../loading/checkpoint.ts';
import type { WeightLoader } from '../loading/weight-loader.ts';
import type { LookStore } from '../modules/look-memory.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';

/** What differs between a browser's worker and a test in Node. */
export interface EnginePlatform {
  /** @throws PinwordError 'no-webgpu' | 'no-adapter' */
  readonly openBackend: (provider: Provider) => Promise<Backend>;
  /** @throws PinwordError 'file-not-found' | 'http-status' | 'network' | 'bad-safetensors' | … */
  readonly openCheckpoint: (source: ModelSource, signal: AbortSignal) => Promise<Checkpoint>;
  /** Brings weights onto this machine: into storage where `keep` says so, else for this worker's life. */
  readonly openWeightLoader: (keep: boolean) => Promise<WeightLoader>;
  /** @throws PinwordError for what is no picture that can be pinned */
  readonly decodeImage: DecodeImage;
  /** Keeps what is known of pictures' looks and pseudo-words; null where nothing is kept. */
  readonly lookStore: LookStore | null;
}
