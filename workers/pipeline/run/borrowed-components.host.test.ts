import { HeldWeights } from '../../weights/convert/held-weights.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';

import { startHubServer } from '../../testing/hub-server/hub-server.ts';
import type { LoadModelRequest, ModelSource, Result } from '../../api.ts';
import { referenceRequest } from '../../testing/runs/reference-engine.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { ModelStorage } from '../../weights/store/model-storage.ts';
import { layoutCheckpoint } from '../loading/checkpoint.ts';
import { Engine } from './engine.ts';
import { openWeightLoader } from '../loading/weight-loader.ts';

const data = join(referenceData, 'sd15');
const hub = await startHubServer({ repositories: { 'someone/main': data, 'a/encoder': data, 'b/encoder': data } });
afterAll(() => hub.close());

let storage: MemoryStorage;
let environment: MemoryEnvironment;
beforeEach(() => {
  storage = new MemoryStorage();
  environment = new MemoryEnvironment();
});

const models = () => new ModelStorage(storage, environment);
const repository = (repo: string) => ({ kind: 'hub', endpoint: hub.origin, repo, revision: 'main' }) as const;
const encoderOf = (repo: string): LoadModelRequest['imageEncoder'] => ({ kind: 'from', source: repository(repo) });
const folder: ModelSource = { kind: 'folder', name: 'main', files: [] };
const base: LoadModelRequest = {
  ...referenceRequest('sd15', 'wasm'),
  source: repository('someone/main'),
  keep: true,
};

function engine(): Engine {
  return new Engine({
    openBackend: nodeBackend,
    openCheckpoint: async (source) =>
      layoutCheckpoint(
        source.kind === 'hub' ? await models().open(source, { embeddedUrl: '' }) : await folderFiles(data),
      ),
    openWeightLoader: (keep) => openWeightLoader(keep, () => Promise.resolve(models()), new HeldWeights()),
    lookStore: null,
    decodeImage: () => Promise.reject(new Error('no picture')),
  });
}

async function load(change: Partial<LoadModelRequest>): Promise<Result<unknown>> {
  hub.setFaults([]);
  return engine().loadModel(
    { ...base, ...change },
    () => undefined,
    () => true,
  );
}

/** What a load would fetch, in bytes. */
async function costOf(change: Partial<LoadModelRequest>): Promise<number> {
  let bytes = NaN;
  await engine().loadModel(
    { ...base, ...change },
    () => undefined,
    (cost) => {
      bytes = cost.downloadBytes;
      return false;
    },
  );
  return bytes;
}

/** Weights that the last load asked the hub for. */
const fetched = () => hub.log.map(({ path }) => path).filter((path) => path.endsWith('.safetensors'));
const stored = async () =>
  new Map(
    (await models().list()).map(({ name, complete, files }) => [
      name,
      { complete, paths: files.map(({ path }) => path) },
    ]),
  );

it('an image encoder of another repository is stored as that repository’s, and fetched once, whichever was used in between', async () => {
  for (const repo of ['a/encoder', 'b/encoder'])
    expect(await load({ imageEncoder: encoderOf(repo) })).toMatchObject({ ok: true });
  expect(await load({ imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
  expect(fetched()).toEqual([]);
  const encoder = { complete: true, paths: ['image_encoder/model.safetensors'] };
  const listed = await stored();
  expect([listed.get('a/encoder'), listed.get('b/encoder')]).toEqual([encoder, encoder]);
  expect(listed.get('someone/main')?.paths).not.toContain('image_encoder/model.safetensors');
});

it('an image encoder of a repository is stored although the model lies on this machine, and nothing else is', async () => {
  expect(await load({ source: folder, imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
  expect(await load({ source: folder, imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
  expect(fetched()).toEqual([]);
  expect([...(await stored()).keys()]).toEqual(['a/encoder']);
});

it('room and download are counted for the model and for what it borrows', async () => {
  const margin = 16 * 1024 * 1024;
  const together = await costOf({ imageEncoder: encoderOf('a/encoder') });
  expect(await costOf({ source: folder, imageEncoder: encoderOf('a/encoder') })).toBeGreaterThan(0);
  // Its own encoder is the same file.
  expect(together).toBe(await costOf({}));
  environment.quota = margin + together - 1;
  const refused = await load({ imageEncoder: encoderOf('a/encoder') });
  expect(refused).toMatchObject({
    ok: false,
    error: {
      code: 'storage-quota',
      message: expect.stringMatching(/someone\/main and a\/encoder|a\/encoder and someone\/main/) as string,
    },
  });
  environment.quota = margin + together;
  expect(await load({ imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
});

it('a projector file is used as it is and not stored: another one of the same name and size must not be taken for it', async () => {
  const file = async (name: string) => new File([await readFile(join(data, 'projector', name))], name);
  const [weights, config] = await Promise.all([file('model.safetensors'), file('config.json')]);
  expect(await load({ projector: { kind: 'file', file: weights, config } })).toMatchObject({ ok: true });
  expect((await stored()).get('someone/main')?.paths).not.toContain('model.safetensors');
});

it('without keeping, what was stored for the lender is used, and nothing more is stored', async () => {
  expect(await load({ source: folder, imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
  expect(await load({ source: folder, imageEncoder: encoderOf('a/encoder'), keep: false })).toMatchObject({ ok: true });
  expect(fetched()).toEqual([]);
  expect(await load({ source: folder, imageEncoder: encoderOf('b/encoder'), keep: false })).toMatchObject({ ok: true });
  expect(fetched()).not.toEqual([]);
  expect((await stored()).get('b/encoder')?.paths).toEqual([]);
});

it('what the hub answered is said of every model that was opened from storage in spite of it', async () => {
  expect(await load({ imageEncoder: encoderOf('a/encoder') })).toMatchObject({ ok: true });
  hub.setFaults([{ kind: 'status', path: '^/api/', status: 403 }]);
  const again = await engine().loadModel(
    { ...base, imageEncoder: encoderOf('a/encoder') },
    () => undefined,
    () => true,
  );
  const [notice] = again.ok ? again.value.notices : [];
  expect(notice).toMatchObject({
    code: 'stored-copy',
    message: expect.stringMatching(
      /copy of someone\/main was opened\. .*status 403.*copy of a\/encoder was opened\. .*status 403/,
    ) as string,
  });
  hub.setFaults([]);
  expect(
    await engine().loadModel(
      base,
      () => undefined,
      () => true,
    ),
  ).toMatchObject({ ok: true, value: { notices: [] } });
});
