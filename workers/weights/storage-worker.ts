/** The storage alone in a worker, without engine and GPU: what e2e/weights.spec.ts drives in a real browser. */
import { expose } from 'comlink';
import { type ErrorData, toErrorData } from '../errors.ts';
import { requireComponent } from './component-files.ts';
import { sha256 } from './hashes.ts';
import { openModelStorage } from './open-model-storage.ts';
import type { LayoutSource } from './open-source.ts';
import type { StoredModel, VerifyReport } from '../api.ts';

export type Outcome<T> = { readonly value: T } | { readonly error: ErrorData };

/** What the page calls. */
export interface StorageWorkerApi {
  /** Brings all tensors of unet/ in f16. @returns the SHA-256 of the local file */
  load(source: LayoutSource, onProgress: (bytes: number, totalBytes: number) => void): Promise<Outcome<string>>;
  list(): Promise<Outcome<readonly StoredModel[]>>;
  verify(id: string): Promise<Outcome<VerifyReport>>;
  remove(id: string): Promise<Outcome<null>>;
}

const storage = openModelStorage();

const api: StorageWorkerApi = {
  load: (source, onProgress) => outcome(async () => {
    const models = await storage;
    const files = await models.open(source, { embeddedUrl: '' });
    const { weights, table } = await requireComponent(files, 'unet');
    const owner = files.identity === null ? null : { identity: files.identity, name: files.name, licence: await files.licence() };
    const wanted = [...table.keys()].map((name) => ({ name }));
    const { blob } = await models.bring(owner, { source: weights, table, wanted, dtype: 'F16', onProgress });
    return sha256(new Uint8Array(await blob.arrayBuffer()));
  }),
  list: () => outcome(async () => (await storage).list()),
  verify: (id) => outcome(async () => (await storage).verify(id, {})),
  remove: (id) => outcome(async () => {
    await (await storage).remove(id);
    return null;
  }),
};

async function outcome<T>(action: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await action() };
  } catch (thrown) {
    return { error: toErrorData(thrown) };
  }
}

expose(api);
