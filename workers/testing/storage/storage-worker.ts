/** The storage alone in a worker, without engine and GPU: what e2e/weights.spec.ts drives in a real browser. */
import { expose } from 'comlink';
import { toErrorData } from '../../errors.ts';
import { findComponent } from '../../weights/sources/component-files.ts';
import { sha256 } from '../../weights/sources/hashes.ts';
import { openModelStorage } from '../../weights/store/open-model-storage.ts';
import type { Outcome, StorageWorkerApi } from './storage-worker-api.ts';
import { present } from '../present.ts';

const storage = openModelStorage('/');

const api: StorageWorkerApi = {
  load: (source, onProgress) =>
    outcome(async () => {
      const models = await storage;
      const files = await models.open(source, { embeddedUrl: '' });
      const { weights, table } = present(await findComponent(files, 'unet'));
      const owner = { identity: files.identity ?? '', name: files.name, licence: await files.licence() };
      const wanted = [...table.keys()].map((name) => ({ name }));
      const { blob } = await models.load(owner, { source: weights, table, wanted, dtype: 'F16', onProgress });
      return sha256(new Uint8Array(await blob.arrayBuffer()));
    }),
  list: () => outcome(async () => (await storage).list()),
  verify: (id) => outcome(async () => (await storage).verify(id, {})),
  remove: (id) =>
    outcome(async () => {
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
