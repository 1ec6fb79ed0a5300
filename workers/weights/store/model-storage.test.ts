import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubFixture, safetensorsFile, serveFiles, serveFolder } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { findComponent } from '../sources/component-files.ts';
import type { LocalWeights } from '../convert/materialize.ts';
import { ModelStorage } from './model-storage.ts';
import type { LayoutSource } from '../sources/open-source.ts';
import { readText, type SourceFiles } from '../sources/source-files.ts';
import { present } from '../../testing/present.ts';

const path = 'unet/diffusion_pytorch_model.safetensors';
const weights = safetensorsFile('F16', { 'a.weight': [200_000], 'b.weight': [30] });
const options = { embeddedUrl: '', wait: () => Promise.resolve() };

let hub: HubFixture;
let storage: MemoryStorage;
beforeEach(async () => {
  hub = await serveFiles({ 'README.md': '---\nlicense: mit\n---\n', 'unet/config.json': '{"a":1}', [path]: weights });
  storage = new MemoryStorage();
});
afterEach(() => hub[Symbol.asyncDispose]());

const open = (source: LayoutSource) => new ModelStorage(storage, new MemoryEnvironment()).open(source, options);
const hubSource = (): LayoutSource => ({ kind: 'hub', ...hub.location });
const urlSource = (): LayoutSource => ({ kind: 'url', baseUrl: hub.baseUrl });

async function load(files: SourceFiles): Promise<LocalWeights> {
  const { weights: source, table } = present(await findComponent(files, 'unet'));
  const wanted = [...table.keys()].map((name) => ({ name }));
  const owner = { identity: files.identity ?? '', name: files.name, licence: await files.licence() };
  return new ModelStorage(storage, new MemoryEnvironment()).load(owner, { source, table, wanted, dtype: 'F16' });
}

describe.each([
  ['hub', hubSource, 'creativeml-openrail-m'],
  ['url', urlSource, 'mit'],
] as const)('a stored model (%s)', (_kind, source, licence) => {
  it('opens and loads without the network', async () => {
    await load(await open(source()));
    await hub.server.close();
    const local = await load(await open(source()));
    expect(Buffer.compare(Buffer.from(await local.blob.arrayBuffer()), weights)).toBe(0);
    hub = await serveFiles({ 'README.md': '' });
  });

  it('opens in several tabs at the same moment', async () => {
    const platform = new MemoryEnvironment();
    const opened = await Promise.all(
      [1, 2, 3, 4].map(() => new ModelStorage(storage, platform).open(source(), options)),
    );
    expect(new Set(opened.map(({ identity }) => identity)).size).toBe(1);
  });

  it('opens where the storage is full, only without being kept', async () => {
    storage.capacity = 0;
    expect(await readText(await open(source()), 'unet/config.json')).toBe('{"a":1}');
    await expect(load(await open(source()))).rejects.toMatchObject({ code: 'storage-quota' });
    storage.capacity = Infinity;
    expect(Buffer.compare(Buffer.from(await (await load(await open(source()))).blob.arrayBuffer()), weights)).toBe(0);
  });

  it('is listed with its licence, size and files, and removed as a whole', async () => {
    await load(await open(source()));
    const manager = new ModelStorage(storage, new MemoryEnvironment());
    const [model] = await manager.list();
    expect(model).toMatchObject({
      name: source().kind === 'hub' ? 'someone/model' : 'model',
      licence,
      complete: true,
      files: [{ path, precision: 'f16', size: weights.length }],
    });
    expect(model?.bytes).toBeGreaterThanOrEqual(weights.length);
    await manager.remove(model?.id ?? '');
    expect(await manager.list()).toEqual([]);
  });
});

describe('a stored hub model', () => {
  it('asks only for the listing when it opens again', async () => {
    await load(await open(hubSource()));
    hub.server.setFaults([]);
    await load(await open(hubSource()));
    expect(hub.server.log.map(({ path: asked }) => asked)).toEqual(['/api/models/someone/model/revision/main']);
  });

  it('of which the weights are not stored yet says that the network is missing', async () => {
    present(await findComponent(await open(hubSource()), 'unet'));
    await hub.server.close();
    await expect(load(await open(hubSource()))).rejects.toMatchObject({ code: 'network' });
    hub = await serveFiles({ 'README.md': '' });
  });
});

describe('a stored model of a plain host', () => {
  it('is brought again where its files were replaced', async () => {
    await load(await open(urlSource()));
    const newer = safetensorsFile('F16', { 'a.weight': [200_000], 'b.weight': [30] }, (i) => i % 5);
    await hub.server.close();
    await writeFile(join(hub.folder, path), newer);
    const port = Number(new URL(hub.server.origin).port);
    hub = await serveFolder(hub.folder, true, port);
    const local = await load(await open(urlSource()));
    expect(Buffer.compare(Buffer.from(await local.blob.arrayBuffer()), newer)).toBe(0);
  });

  it('does not trust a damaged config', async () => {
    await load(await open(urlSource()));
    for (const name of (await storage.list()).filter((file) => file.endsWith('.data'))) {
      if ((await storage.blob(name))?.size === 7) storage.damage(name, 3);
    }
    expect(await readText(await open(urlSource()), 'unet/config.json')).toBe('{"a":1}');
    await hub.server.close();
    expect(await readText(await open(urlSource()), 'unet/config.json')).toBe('{"a":1}');
    hub = await serveFiles({ 'README.md': '' });
  });
});
