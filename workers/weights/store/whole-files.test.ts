import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { PinwordError } from '../../errors.ts';
import { serveFiles } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import { sha256 } from '../sources/hashes.ts';
import { openHub } from '../sources/hub-source.ts';
import { replaceFile } from './durable-json.ts';
import type { StorageFolder } from './storage-file.ts';
import { listStoredFiles } from './stored-file.ts';
import { listModels } from './stored-models.ts';
import { WholeFiles } from './whole-files.ts';

const path = 'onnx/model.onnx';
const blockBytes = 32 * 1024;
/** Several blocks, full of what no float may be. */
const bytes = new Uint8Array(12 * blockBytes + 1).fill(255).map((value, index) => value - (index % 7 === 0 ? 3 : 0));
const hub = await serveFiles({ [path]: bytes, 'config.json': '{}' });
afterAll(() => hub[Symbol.asyncDispose]());

const owner = { identity: 'cut-out:x', name: 'x', licence: 'MIT' };
let storage = new MemoryStorage();
beforeEach(() => {
  hub.server.setFaults([]);
  storage = new MemoryStorage();
});
const newFiles = () => new WholeFiles(storage, new MemoryEnvironment(), blockBytes);
const onHub = async () => present(await (await openHub(hub.location, { wait: () => Promise.resolve() })).find(path));
const contentOf = async (blob: Blob | null) => Buffer.from(await present(blob).arrayBuffer());

describe('files that are kept as they are', () => {
  it('are the same bytes as at their source, and are found without it', async () => {
    const told: number[] = [];
    const loaded = await newFiles().load(owner, await onHub(), { onProgress: (done) => told.push(done) });
    expect((await contentOf(loaded)).equals(bytes)).toBe(true);
    expect(told.at(-1)).toBe(bytes.length);
    hub.server.setFaults([]);
    expect((await contentOf(await newFiles().find(owner.identity, path))).equals(bytes)).toBe(true);
    expect(hub.server.log).toEqual([]);
    expect(await newFiles().find('cut-out:y', path)).toBeNull();
  });

  it('are listed with their size and licence, in no precision', async () => {
    await newFiles().load(owner, await onHub());
    expect(await listModels(storage)).toMatchObject([
      { id: owner.identity, licence: 'MIT', complete: true, bytes: bytes.length, files: [{ path, precision: null }] },
    ]);
  });

  it('that were damaged on disk are not there any more, and are brought again from the damage on', async () => {
    await newFiles().load(owner, await onHub());
    const [name] = (await storage.list()).filter((entry) => entry.endsWith('.data'));
    storage.damage(present(name), bytes.length - 1);
    expect(await newFiles().find(owner.identity, path)).toBeNull();
    const sent = hub.server.sentBytes;
    const again = await newFiles().load(owner, await onHub());
    expect((await contentOf(again)).equals(bytes)).toBe(true);
    expect(hub.server.sentBytes - sent).toBeLessThan(bytes.length / 2);
  });

  it('for which the disk has no room are refused, and nothing is kept', async () => {
    storage.capacity = 2 * blockBytes;
    const refused = newFiles().load(owner, await onHub());
    await expect(refused).rejects.toMatchObject({ code: 'storage-quota' } satisfies Partial<PinwordError>);
    expect(await newFiles().find(owner.identity, path)).toBeNull();
  });

  it('of which a part is there need room for the rest alone', async () => {
    storage.capacity = 8 * blockBytes;
    await expect(newFiles().load(owner, await onHub())).rejects.toMatchObject({ code: 'storage-quota' });
    storage.capacity = Infinity;
    const platform = new MemoryEnvironment();
    platform.quota = 16 * 1024 * 1024 + bytes.length / 2;
    const loaded = await new WholeFiles(storage, platform, blockBytes).load(owner, await onHub());
    expect((await contentOf(loaded)).equals(bytes)).toBe(true);
    const all = new WholeFiles(new MemoryStorage(), platform, blockBytes).load(owner, await onHub());
    await expect(all).rejects.toMatchObject({ code: 'storage-quota' });
  });
});

describe('a file of a host that is there at once', () => {
  const small = Uint8Array.from({ length: 100 }, (_, index) => index);
  const source = (content: Uint8Array<ArrayBuffer> = small, published: string | null = null) => ({
    name: 'net.onnx',
    size: small.length,
    validator: '"1"',
    sha256: published,
    read: (offset: number, length: number) => Promise.resolve(content.slice(offset, offset + length)),
  });
  const files = (platform = new MemoryEnvironment()) => new WholeFiles(storage, platform, 40);
  const find = () => files().find(owner.identity, 'net.onnx');

  it('is recorded as a whole, and counts as used when it is found', async () => {
    const platform = new MemoryEnvironment();
    await files(platform).load(owner, source());
    const [before] = await listStoredFiles(storage);
    expect(before?.file).toMatchObject({ content: 'file', plan: 'whole', size: 100, complete: true, blockBytes: 40 });
    platform.time = 50;
    await files(platform).find(owner.identity, 'net.onnx');
    expect((await listStoredFiles(storage))[0]?.file).toEqual({ ...before?.file, lastUsed: 51 });
  });

  it('is not there where the disk holds another length of it', async () => {
    await files().load(owner, source());
    const [name = ''] = (await storage.list()).filter((entry) => entry.endsWith('.data'));
    await replaceFile(storage, name, new Uint8Array([...small, 1]));
    expect(await find()).toBeNull();
    await storage.remove(name);
    expect(await find()).toBeNull();
  });

  it('is refused where it is not what its host publishes', async () => {
    const published = await sha256(small);
    const wrong = small.slice();
    wrong[7] = 0;
    await expect(files().load(owner, source(wrong, published))).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(await listStoredFiles(storage)).toEqual([]);
    expect((await contentOf(await files().load(owner, source(small, published)))).equals(small)).toBe(true);
  });

  it('that the browser lost right after it was written is not given', async () => {
    const lossy: StorageFolder = {
      open: (name) => storage.open(name),
      blob: (name) => (name.endsWith('.data') ? Promise.resolve(null) : storage.blob(name)),
      list: () => storage.list(),
      remove: (name) => storage.remove(name),
    };
    const loaded = new WholeFiles(lossy, new MemoryEnvironment(), 40).load(owner, source());
    await expect(loaded).rejects.toThrow('net.onnx was stored but cannot be found');
  });

  it('is not read for a person who has stopped', async () => {
    const stopped = files().load(owner, source(), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  });
});
