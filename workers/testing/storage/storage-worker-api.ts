import type { ModelSource, StoredModel, VerifyReport } from '../../api.ts';
import type { ErrorData } from '../../errors.ts';

export type Outcome<T> = { readonly value: T } | { readonly error: ErrorData };

/** What the page of e2e/weights-page calls. */
export interface StorageWorkerApi {
  /** Brings all tensors of unet/ in f16. @returns the SHA-256 of the local file */
  load(
    source: Extract<ModelSource, { kind: 'hub' | 'url' }>,
    onProgress: (bytes: number, totalBytes: number) => void,
  ): Promise<Outcome<string>>;
  list(): Promise<Outcome<readonly StoredModel[]>>;
  verify(id: string): Promise<Outcome<VerifyReport>>;
  remove(id: string): Promise<Outcome<null>>;
}
