import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubFixture, safetensorsFile, serveFiles, serveFolder } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { findComponent } from './component-files.ts';
import { openHub } from './hub-source.ts';
import { type LocalWeights, materialize, type MaterializeRequest } from '../convert/materialize.ts';
import { memorySink } from '../convert/weight-sink.ts';
import type { SourceFiles } from './source-files.ts';
import { openUrl } from './url-source.ts';
import { WeightStore } from '../store/weight-store.ts';
import { present } from '../../testing/present.ts';

const [one, two] = ['unet/model-00001-of-00002.safetensors', 'unet/model-00002-of-00002.safetensors'] as const;
const index = '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}';
const second = (value: (i: number) => number) => safetensorsFile('F16', { b: [150_000] }, value);
const noWait = { wait: () => Promise.resolve() };

let hub: HubFixture;
let storage: MemoryStorage;
beforeEach(async () => {
  const shards = { [one]: safetensorsFile('F16', { a: [150_000] }), [two]: second((i) => i % 11) };
  hub = await serveFiles({
    'unet/config.json': '{}',
    'unet/diffusion_pytorch_model.safetensors.index.json': index,
    ...shards,
  });
  storage = new MemoryStorage();
});
afterEach(() => hub[Symbol.asyncDispose]());

const fromHub = () => openHub(hub.location, noWait);
const fromUrl = () => Promise.resolve(openUrl(hub.baseUrl, noWait));

async function requestOf(files: SourceFiles): Promise<MaterializeRequest> {
  const { weights, table } = present(await findComponent(files, 'unet'));
  return { source: weights, table, wanted: [...table.keys()].map((name) => ({ name })), dtype: 'F16' };
}

async function bring(files: SourceFiles): Promise<LocalWeights> {
  const owner = { identity: files.identity ?? '', name: files.name, licence: null };
  return new WeightStore(storage, new MemoryEnvironment(), 32 * 1024).load(owner, await requestOf(files));
}

/** The data of both tensors. */
const whole = (value: (i: number) => number) =>
  Buffer.concat([safetensorsFile('F16', { a: [150_000] }).slice(-300_000), second(value).slice(-300_000)]);
const tensorsOf = async ({ blob }: LocalWeights) => Buffer.from(await blob.slice(-600_000).arrayBuffer());

describe.each([
  ['hub', fromHub],
  ['plain host', fromUrl],
] as const)('weights in shards (%s)', (_name, open) => {
  it.each([one, two])('are gone on with where a download broke off in %s', async (cut) => {
    hub.server.setFaults([{ kind: 'cut', at: 200_000, path: cut }]);
    await expect(bring(await open())).rejects.toMatchObject({ code: 'download-incomplete' });
    hub.server.setFaults([]);
    expect(
      Buffer.compare(
        await tensorsOf(await bring(await open())),
        whole((i) => i % 11),
      ),
    ).toBe(0);
    const starts = hub.server.log
      .filter(({ path, range }) => path.endsWith(cut) && range !== 'bytes=0-131071')
      .map(({ range }) => Number(/bytes=(\d+)-/.exec(range ?? '')?.[1]));
    expect(Math.min(...starts)).toBeGreaterThan(100_000);
  });
});

it.each([one, two])('a wrong byte in %s is found by the hash that the hub publishes for it', async (path) => {
  hub.server.setFaults([{ kind: 'wrong-byte', at: 250_001, path }]);
  await expect(bring(await fromHub())).rejects.toMatchObject({ code: 'hash-mismatch' });
  await expect(materialize(await requestOf(await fromHub()), memorySink)).rejects.toMatchObject({
    code: 'hash-mismatch',
  });
  hub.server.setFaults([]);
  expect(
    Buffer.compare(
      await tensorsOf(await bring(await fromHub())),
      whole((i) => i % 11),
    ),
  ).toBe(0);
});

it('a wrong byte in the part that was fetched before a break is found after it', async () => {
  hub.server.setFaults([
    { kind: 'wrong-byte', at: 100_001, path: one },
    { kind: 'cut', at: 200_000, path: two },
  ]);
  await expect(bring(await fromHub())).rejects.toMatchObject({ code: 'download-incomplete' });
  hub.server.setFaults([]);
  await expect(bring(await fromHub())).rejects.toMatchObject({ code: 'hash-mismatch' });
});

it('a shard that was replaced on a plain host is brought again', async () => {
  await bring(await fromUrl());
  await writeFile(
    join(hub.folder, two),
    second((i) => i % 5),
  );
  await hub.server.close();
  hub = await serveFolder(hub.folder, true, Number(new URL(hub.server.origin).port));
  expect(
    Buffer.compare(
      await tensorsOf(await bring(await fromUrl())),
      whole((i) => i % 5),
    ),
  ).toBe(0);
});

it('one shard whose host has no Range makes all be read in one pass', async () => {
  const files = await fromUrl();
  const find = async (path: string) => {
    const file = await files.find(path);
    return file !== null && path === one ? { ...file, acceptsRanges: false } : file;
  };
  expect((await requestOf(files)).source).toMatchObject({ acceptsRanges: true });
  expect((await requestOf({ ...files, find })).source).toMatchObject({ acceptsRanges: false });
});
