/** Files of models: on this machine, or in the browser's storage. Part of the contract: see api.ts. */
import type { Precision } from './memory.ts';

/** A textual-inversion file that was read. */
export interface EmbeddingSummary {
  /** The word that stands for it in a caption, as the file or its name says. */
  readonly name: string;
  readonly vectors: number;
  /** Numbers in each vector. */
  readonly dimension: number;
}

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
  /** When all of it was last seen to be undamaged; milliseconds since 1970. */
  readonly checked: number;
  readonly files: readonly {
    readonly path: string;
    /** Null for files that are kept as they are. */
    readonly precision: Precision | null;
    readonly written: number;
    readonly size: number;
  }[];
}

export interface VerifyReport {
  /** Bytes that were read. */
  readonly bytes: number;
  /** Paths of damaged files; loading the model downloads their damaged part again. */
  readonly damaged: readonly string[];
}
