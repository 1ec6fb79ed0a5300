import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import type { ModelSummary, Result } from '../../api.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { startHubServer } from '../../testing/hub-server/hub-server.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { referenceRequest } from '../../testing/runs/reference-engine.ts';
import { HeldWeights } from '../../weights/convert/held-weights.ts';
import { ModelStorage } from '../../weights/store/model-storage.ts';
import { layoutCheckpoint } from '../loading/checkpoint.ts';
import { openWeightLoader } from '../loading/weight-loader.ts';
import { Engine } from './engine.ts';

const repo = 'someone/taesd';
const hub = await startHubServer({ repositories: { [repo]: join(referenceData, 'tiny-autoencoder/published') } });
afterAll(() => hub.close());

const storage = new MemoryStorage();
const models = () => new ModelStorage(storage, new MemoryEnvironment());
const source = { kind: 'hub', endpoint: hub.origin, repo, revision: 'main' } as const;
const tinyAutoencoder = { kind: 'from', source, path: null } as const;

/** Loads a model that lies on this machine with the repository's autoencoder, in another life of the worker. */
function load(): Promise<Result<ModelSummary>> {
  const engine = new Engine({
    openBackend: nodeBackend,
    openCheckpoint: async (from) =>
      layoutCheckpoint(
        from.kind === 'hub'
          ? await models().open(from, { embeddedUrl: '' })
          : await folderFiles(join(referenceData, 'sd15')),
      ),
    openWeightLoader: (keep) => openWeightLoader(keep, () => Promise.resolve(models()), new HeldWeights()),
    lookStore: null,
    decodeImage: () => Promise.reject(new Error('no picture')),
  });
  return engine.loadModel(
    { ...referenceRequest('sd15', 'wasm'), keep: true, tinyAutoencoder },
    () => undefined,
    () => true,
  );
}

const expected = { ok: true, value: { tinyAutoencoder: { name: repo, encodes: true } } };

it('a tiny autoencoder is stored under its repository, fetched once, opens without the hub, and can be deleted', async () => {
  expect(await load()).toMatchObject(expected);
  const [stored] = await models().list();
  expect(stored).toMatchObject({ name: repo, complete: true });
  expect(await models().verify(stored?.id ?? '', {})).toMatchObject({ damaged: [] });

  hub.setFaults([{ kind: 'status', path: '', status: 503 }]);
  expect(await load()).toMatchObject(expected);
  expect(hub.log.filter(({ path }) => path.endsWith('.safetensors'))).toEqual([]);
  hub.setFaults([]);

  await models().remove(stored?.id ?? '');
  expect(await models().list()).toEqual([]);
});
