import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubFixture, safetensorsFile, serveFiles, serveFolder } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { findComponent } from '../sources/component-files.ts';
import { ModelStorage } from './model-storage.ts';
import type { LayoutSource } from '../sources/open-source.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import { present } from '../../testing/present.ts';

const path = 'unet/diffusion_pytorch_model.safetensors';
const weights = safetensorsFile('F16', { 'a.weight': [200_000] });
const options = { embeddedUrl: '', wait: () => Promise.resolve() };

let hub: HubFixture;
let storage: MemoryStorage;
beforeEach(async () => {
  hub = await serveFiles({
    'README.md': 'one',
    'unet/config.json': '{"a":1}',
    'vae/config.json': '{}',
    [path]: weights,
  });
  storage = new MemoryStorage();
});
afterEach(() => hub[Symbol.asyncDispose]());

const models = () => new ModelStorage(storage, new MemoryEnvironment());
const source = (revision = 'main'): LayoutSource => ({ kind: 'hub', ...hub.location, revision });
const open = (from = source(), signal?: AbortSignal) =>
  models().open(from, signal === undefined ? options : { ...options, signal });

async function loadedBytes(files: SourceFiles): Promise<Buffer> {
  const { weights: file, table } = present(await findComponent(files, 'unet'));
  const wanted = [...table.keys()].map((name) => ({ name }));
  const owner = { identity: files.identity ?? '', name: files.name, licence: await files.licence() };
  const { blob } = await models().load(owner, { source: file, table, wanted, dtype: 'F16' });
  return Buffer.from(await blob.arrayBuffer());
}

/** Serves the same folder again, at the same address. */
async function serveAgain(): Promise<void> {
  await hub.server.close();
  hub = await serveFolder(hub.folder, true, Number(new URL(hub.server.origin).port));
}

describe('a stored hub model', () => {
  beforeEach(async () => {
    await loadedBytes(await open());
  });

  it('opens without the network by the commit that the list of stored models names', async () => {
    const [{ id, name, licence } = { id: '', name: '', licence: '' }] = await models().list();
    await hub.server.close();
    const files = await open(source(id.slice(id.lastIndexOf('@') + 1)));
    expect({ identity: files.identity, name: files.name, licence: await files.licence() }).toEqual({
      identity: id,
      name,
      licence,
    });
    expect(Buffer.compare(await loadedBytes(files), weights)).toBe(0);
    await expect(open(source('0123456789012345678901234567890123456789'))).rejects.toMatchObject({ code: 'network' });
    hub = await serveFiles({ 'README.md': '' });
  });

  it.each([
    [401, {}],
    [403, {}],
    [404, { errorCode: 'RepoNotFound' }],
    [404, { errorCode: 'RevisionNotFound' }],
    [429, {}],
    [500, {}],
  ])('opens although the hub answers %i %o, and tells what it answered', async (status, more) => {
    hub.server.setFaults([{ kind: 'status', path: '^/api/', status, ...more }]);
    const files = await open();
    expect(Buffer.compare(await loadedBytes(files), weights)).toBe(0);
    expect(files.storedInstead()?.message).toMatch(
      status === 404 ? /has no model "someone\/model"/ : new RegExp(`status ${status}`),
    );
    await expect(open({ kind: 'hub', ...hub.location, revision: 'other' })).rejects.toMatchObject({
      code: status === 404 ? 'file-not-found' : 'http-status',
    });
  });

  it('opens where something that is no model hub answers at its address', async () => {
    await hub.server.close();
    const parked = createServer((_, response) => response.writeHead(404).end('nothing here'));
    await new Promise<void>((resolve) => parked.listen(Number(new URL(hub.server.origin).port), '127.0.0.1', resolve));
    const files = await open();
    expect(files.storedInstead()?.message).toMatch(/no longer answers as a model hub/);
    expect(Buffer.compare(await loadedBytes(files), weights)).toBe(0);
    await new Promise((resolve) => parked.close(resolve));
    hub = await serveFiles({ 'README.md': '' });
  });

  it('says nothing of its storage where the hub gives it', async () => {
    expect((await open()).storedInstead()).toBeNull();
  });

  it('does not open for a person who cancels', async () => {
    await expect(open(source(), AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is not taken for whole where the hub lists a file that it then fails to send', async () => {
    const files = await open();
    hub.server.setFaults([{ kind: 'status', path: 'vae/config.json', status: 500 }]);
    await expect(files.find('vae/config.json')).rejects.toMatchObject({ code: 'http-status' });
  });

  it('is not downloaded again for a commit that changes only its card', async () => {
    await writeFile(join(hub.folder, 'README.md'), 'one and a half');
    await serveAgain();
    expect(Buffer.compare(await loadedBytes(await open()), weights)).toBe(0);
    expect(hub.server.log.map(({ path: asked }) => asked)).toEqual(['/api/models/someone/model/revision/main']);
    expect(await models().list()).toHaveLength(1);
  });

  it('is another one after a commit that changes a config', async () => {
    await writeFile(join(hub.folder, 'unet/config.json'), '{"a":12}');
    await serveAgain();
    const files = await open();
    const config = await files.find('unet/config.json');
    expect(new TextDecoder().decode(await config?.read(0, config.size))).toBe('{"a":12}');
    await loadedBytes(files);
    expect(await models().list()).toHaveLength(2);
  });
});

describe('a stored model of a plain host', () => {
  const fromUrl = (): LayoutSource => ({ kind: 'url', baseUrl: hub.baseUrl });

  it('opens although the host refuses every file, and tells what it answered', async () => {
    await loadedBytes(await open(fromUrl()));
    hub.server.setFaults([{ kind: 'status', path: '.', status: 403 }]);
    const files = await open(fromUrl());
    expect(await files.find('vae/config.json')).toBeNull();
    expect(Buffer.compare(await loadedBytes(files), weights)).toBe(0);
    expect(files.storedInstead()?.message).toMatch(/status 403/);
  });

  it('that was never opened is not there where the host refuses it', async () => {
    hub.server.setFaults([{ kind: 'status', path: '.', status: 403 }]);
    await expect((await open(fromUrl())).find('unet/config.json')).rejects.toMatchObject({ code: 'http-status' });
  });
});

describe("a stored hub model in torch's own format", () => {
  it('opens without the network, from both ends of its file and its weights', async () => {
    await hub[Symbol.asyncDispose]();
    hub = await serveFiles({
      'README.md': 'one',
      'unet/config.json': '{"a":1}',
      'unet/diffusion_pytorch_model.bin': await torchFileOf(weights),
    });
    const first = await loadedBytes(await open());
    expect(Buffer.compare(first, weights)).toBe(0);
    await hub.server.close();
    const files = await open();
    expect(files.storedInstead()).not.toBeNull();
    expect(Buffer.compare(await loadedBytes(files), first)).toBe(0);
    hub = await serveFiles({ 'README.md': '' });
  });
});
