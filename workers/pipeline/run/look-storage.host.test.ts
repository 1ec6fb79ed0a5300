import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';

import { ownParts, type LoadModelRequest, type ModelSummary, type Result } from '../../api.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { changedAdapter } from '../../testing/reference/look-files.ts';
import { startHubServer } from '../../testing/hub-server/hub-server.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { HeldWeights } from '../../weights/convert/held-weights.ts';
import { ModelStorage } from '../../weights/store/model-storage.ts';
import { layoutCheckpoint } from '../loading/checkpoint.ts';
import { openWeightLoader } from '../loading/weight-loader.ts';
import { Engine } from './engine.ts';

/** In the layout of h94/IP-Adapter. */
const files = {
  'models/plus.safetensors': 'plus.safetensors',
  'models/full-face.bin': 'full-face.bin',
  'models/image_encoder/config.json': 'image_encoder/config.json',
  'models/image_encoder/model.safetensors': 'image_encoder/model.safetensors',
} as const;
const encoder = 'models/image_encoder/model.safetensors';

const root = await mkdtemp(join(tmpdir(), 'pinword-look-'));
for (const [path, from] of Object.entries(files)) {
  await mkdir(join(root, path, '..'), { recursive: true });
  await copyFile(join(referenceData, 'look', from), join(root, path));
}
const unfit = [
  ['for SDXL', 'sdxl.safetensors', { 'ip_adapter.1.to_k_ip.weight': [64, 2048] }, /is made for Stable Diffusion XL/],
  ['of FaceID', 'face-id.safetensors', { 'ip_adapter.0.to_q_lora.down.weight': [2, 2] }, /is a FaceID adapter/],
  ['of other widths', 'wide.safetensors', { 'ip_adapter.1.to_k_ip.weight': [48, 32] }, /layer 1 has 48 channels/],
  [
    'for another image encoder',
    'features.safetensors',
    { 'image_proj.proj.weight': [128, 20] },
    /image features of 20 numbers/,
  ],
] as const;
for (const [, path, shapes] of unfit)
  await writeFile(join(root, path), new Uint8Array(await (await changedAdapter('plain', shapes)).arrayBuffer()));
const repositories = { 'someone/adapters': root };
const hub = await startHubServer({ repositories });
const mirror = await startHubServer({ repositories, api: false });
afterAll(async () => {
  await hub.close();
  await mirror.close();
  await rm(root, { recursive: true });
});

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
});
const models = () => new ModelStorage(storage, new MemoryEnvironment());

function adapter(path: string, endpoint = hub.origin): LoadModelRequest['ipAdapter'] {
  return { kind: 'from', source: { kind: 'hub', endpoint, repo: 'someone/adapters', revision: 'main' }, path };
}

/** Loads a model that lies on this machine with an adapter of the hub, in another life of the worker. */
function load(ipAdapter: LoadModelRequest['ipAdapter']): Promise<Result<ModelSummary>> {
  const engine = new Engine({
    openBackend: nodeBackend,
    openCheckpoint: async (source) =>
      layoutCheckpoint(
        source.kind === 'hub'
          ? await models().open(source, { embeddedUrl: '' })
          : await folderFiles(join(referenceData, 'sd15')),
      ),
    openWeightLoader: (keep) => openWeightLoader(keep, () => Promise.resolve(models()), new HeldWeights()),
    lookStore: null,
    decodeImage: () => Promise.reject(new Error('no picture')),
  });
  return engine.loadModel(
    {
      source: { kind: 'folder', name: 'main', files: [] },
      provider: 'wasm',
      ...ownParts,
      ipAdapter,
      plan: {},
      keep: true,
    },
    () => undefined,
    () => true,
  );
}

/** Of what was asked for since the faults were set, files of weights. */
const fetched = () => hub.log.map(({ path }) => path).filter((path) => /\.(safetensors|bin)$/.test(path));

it('an adapter and its image encoder are stored under their repository, fetched once, and open without the hub', async () => {
  expect(await load(adapter('models/plus.safetensors'))).toMatchObject({ ok: true, value: { look: { kind: 'plus' } } });
  const [stored] = await models().list();
  expect(stored).toMatchObject({ name: 'someone/adapters', licence: 'creativeml-openrail-m', complete: true });
  expect(stored?.files.map(({ path }) => path).toSorted()).toEqual([encoder, 'models/plus.safetensors']);
  expect(await models().verify(stored?.id ?? '', {})).toMatchObject({ damaged: [] });

  hub.setFaults([{ kind: 'status', path: '', status: 503 }]);
  const again = await load(adapter('models/plus.safetensors'));
  expect(again).toMatchObject({ ok: true, value: { look: { kind: 'plus' } } });
  expect(fetched()).toEqual([]);
  hub.setFaults([]);
});

it('another adapter of the repository brings that alone; a torch file too', async () => {
  await load(adapter('models/plus.safetensors'));
  hub.setFaults([]);
  expect(await load(adapter('models/full-face.bin'))).toMatchObject({
    ok: true,
    value: { look: { kind: 'full-face' } },
  });
  expect(new Set(fetched().map((path) => path.replace(/^.*\/main\/|^.*?\/models\//, 'models/')))).not.toContain(
    encoder,
  );
});

it('of the image encoder, what the adapter does not read is not stored', async () => {
  await load(adapter('models/plus.safetensors'));
  const [stored] = await models().list();
  const { size } = stored?.files.find(({ path }) => path === encoder) ?? { size: NaN };
  // Of three layers the last one, 46 kB, and the projection.
  expect(size).toBeLessThan(163_424 - 45_000);
});

it('a download that breaks off is gone on with', async () => {
  hub.setFaults([{ kind: 'cut', path: 'image_encoder/model', at: 100_000, skip: 1 }]);
  expect(await load(adapter('models/plus.safetensors'))).toMatchObject({ ok: false });
  hub.setFaults([]);
  expect(await load(adapter('models/plus.safetensors'))).toMatchObject({ ok: true });
  const [stored] = await models().list();
  expect(stored?.complete).toBe(true);
});

it('a mirror of the files without the hub’s API serves as well', async () => {
  expect(await load(adapter('models/plus.safetensors', mirror.origin))).toMatchObject({
    ok: true,
    value: { look: { kind: 'plus', tokens: 5 } },
  });
});

it('an address that is wrong is refused before anything is fetched', async () => {
  hub.setFaults([]);
  expect(await load(adapter('models/ip-adapter-plus_sd15.safetensors'))).toMatchObject({
    ok: false,
    error: { code: 'file-not-found' },
  });
  expect(fetched()).toEqual([]);
});

it.each(unfit)(
  'an adapter %s is refused by its header, before any weights are fetched',
  async (_, path, __, message) => {
    const before = hub.sentBytes;
    expect(await load(adapter(path))).toMatchObject({
      ok: false,
      error: { code: 'bad-adapter', message: expect.stringMatching(message) as string },
    });
    // Configs, and 128 KiB of a file for its header: less than the image encoder has.
    expect(hub.sentBytes - before).toBeLessThan(163_424);
    expect((await models().list()).flatMap(({ files: kept }) => kept)).toEqual([]);
  },
);
