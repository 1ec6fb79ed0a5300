import { beforeEach, describe, expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { sha256OfText } from '../sources/hashes.ts';
import { readDurableJson, replaceFile, writeDurableJson } from './durable-json.ts';
import { HeadStore } from './head-store.ts';
import {
  countNewer,
  freshRecord,
  listStoredFiles,
  removeOrphans,
  removeStoredFile,
  type StoredFile,
  storedFileLock,
  storedFileSchema,
} from './stored-file.ts';
import { evictModel, listModels, verifyModel } from './stored-models.ts';
import { WeightStore } from './weight-store.ts';
import { WholeFiles } from './whole-files.ts';
import { sha256 } from '../sources/hashes.ts';

let storage = new MemoryStorage();
let platform = new MemoryEnvironment();
beforeEach(() => {
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();
});

const owner = { identity: 'url:m', name: 'm', licence: null };
const idOf = async (...parts: readonly unknown[]) => (await sha256OfText(JSON.stringify(parts))).slice(0, 32);

describe('what is stored keeps its name from version to version, so that it is found again', () => {
  it('weights by their precision and subset, files and heads by their path', async () => {
    const source = blobSource('unet/w.safetensors', new Blob([safetensorsFile('F32', { a: [3] })]));
    const request = { source, table: await readSafetensorsTable(source), wanted: [{ name: 'a' }] };
    const weights = new WeightStore(storage, platform);
    await weights.load(owner, { ...request, dtype: 'F16' });
    await weights.load(owner, { ...request, dtype: 'F32', subset: 'part' });
    await new WholeFiles(storage, platform).load(owner, source);
    await new HeadStore(storage, platform).save(owner, source);
    const ids = [
      await idOf('url:m', 'unet/w.safetensors', 'F16'),
      await idOf('url:m', 'unet/w.safetensors', 'F32', 'part'),
      await idOf('url:m', 'unet/w.safetensors', 'file'),
      await idOf('url:m', 'unet/w.safetensors', 'head'),
    ];
    const names = (await storage.list()).filter((name) => name.endsWith('.data'));
    expect(names.toSorted()).toEqual(ids.map((id) => `${id}.data`).toSorted());
    expect((await listStoredFiles(storage)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });
});

/** Stores a file that holds these bytes, as one block, or without any data. */
async function store(id: string, changes: Partial<StoredFile> = {}, data = [1, 2, 3, 4]): Promise<StoredFile> {
  const bytes = Uint8Array.from(data);
  const source = blobSource('w', new Blob([bytes]));
  const made = { content: 'F16', plan: 'p', size: bytes.length, blockBytes: 64, lastUsed: 1 } as const;
  const whole = { complete: true, written: bytes.length, blocks: [await sha256(bytes)] };
  const file = { ...freshRecord(owner, source, made), ...whole, ...changes };
  await writeDurableJson(storage, id, file);
  await replaceFile(storage, `${id}.data`, bytes);
  return file;
}

describe('records', () => {
  it('of what is not read yet name the source, its version and its hash', () => {
    const source = { ...blobSource('w', new Blob(['abc'])), validator: '"1"', sha256: 'ab' };
    const made = { content: 'F16', plan: 'p', size: 2, blockBytes: 64, lastUsed: 5 } as const;
    expect(freshRecord({ ...owner, licence: 'mit' }, source, made)).toEqual({
      ...made,
      version: 1,
      identity: 'url:m',
      modelName: 'm',
      licence: 'mit',
      path: 'w',
      validator: '"1"',
      sourceSha256: 'ab',
      sourceSize: 3,
      complete: false,
      written: 0,
      blocks: [],
      sourceHash: null,
      digest: null,
      checked: 0,
    });
  });

  it('whose data is gone claim none of it', async () => {
    const file = await store('a');
    const gone = await store('b');
    await storage.remove('b.data');
    expect(await listStoredFiles(storage)).toEqual([
      { id: 'a', file },
      { id: 'b', file: { ...gone, complete: false, written: 0, blocks: [] } },
    ]);
  });

  it('of newer versions are counted, and those of this one and unreadable ones are not', async () => {
    await store('a');
    await replaceFile(storage, 'b.a', Uint8Array.of(1));
    await writeDurableJson(storage, 'c', { version: 1.5 });
    expect(await countNewer(storage)).toBe(0);
    await writeDurableJson(storage, 'd', { version: 2 });
    await writeDurableJson(storage, 'e', { version: 3, more: true });
    expect(await countNewer(storage)).toBe(2);
    expect(await listStoredFiles(storage)).toHaveLength(1);
  });

  it('of an earlier version, which did not say when a file was checked, are read', async () => {
    const { checked: _, ...earlier } = await store('a');
    await writeDurableJson(storage, 'a', earlier);
    expect(await readDurableJson(storage, 'a', storedFileSchema)).toEqual({ ...earlier, checked: 0 });
  });

  it('are removed with their data, and data without them by its name alone', async () => {
    const [orphan, whole] = ['0'.repeat(32), '1'.repeat(32)];
    await store(whole);
    for (const name of [`${orphan}.data`, `x${orphan}.data`, `${orphan}0.data`, `${orphan}.data2`])
      await replaceFile(storage, name, Uint8Array.of(1));
    await removeOrphans(storage, platform);
    expect(await storage.list()).toEqual([
      `${whole}.a`,
      `${whole}.data`,
      `x${orphan}.data`,
      `${orphan}0.data`,
      `${orphan}.data2`,
    ]);
    await removeStoredFile(storage, whole);
    expect(await storage.list()).toHaveLength(3);
  });
});

describe('stored models', () => {
  it('are told by all their files, the longest unused first', async () => {
    await store('a', { path: 'unet', lastUsed: 8, checked: 6, size: 9, complete: false, written: 3 });
    await store('b', { path: 'net', content: 'file', lastUsed: 9, checked: 5, licence: 'mit' });
    await store('c', { path: 'config', content: 'head', lastUsed: 2, checked: 1 });
    await store('d', { identity: 'url:n', modelName: 'n', content: 'F32', lastUsed: 3 });
    await store('e', { identity: 'url:o', modelName: 'o', content: 'head', lastUsed: 4 });
    const net = { path: 'net', precision: null, written: 4, size: 4 };
    expect(await listModels(storage)).toMatchObject([
      { id: 'url:n', name: 'n', complete: true, bytes: 4, files: [{ path: 'w', precision: 'f32' }] },
      { id: 'url:o', complete: false, files: [] },
      {
        id: 'url:m',
        name: 'm',
        licence: 'mit',
        bytes: 3 + 4 + 4,
        complete: false,
        lastUsed: 9,
        checked: 5,
        files: [{ path: 'unet', precision: 'f16', written: 3, size: 9 }, net],
      },
    ]);
    await store('a', { path: 'unet' });
    expect((await listModels(storage)).find(({ id }) => id === 'url:m')).toMatchObject({ complete: true });
    await store('c', { content: 'head', complete: false });
    expect((await listModels(storage)).find(({ id }) => id === 'url:m')).toMatchObject({ complete: false });
  });

  it('are removed without the others, and not while a tab holds one of their files', async () => {
    await store('a');
    await store('b', { path: 'v' });
    const other = await store('c', { identity: 'url:n' });
    await platform.withLock(storedFileLock('a'), undefined, async () => {
      await expect(evictModel(storage, platform, 'url:m')).rejects.toMatchObject({
        code: 'storage-busy',
        message: expect.stringMatching(/^m is being/u) as string,
      });
    });
    await evictModel(storage, platform, 'url:m');
    expect(await listStoredFiles(storage)).toEqual([{ id: 'c', file: other }]);
    expect(await storage.list()).toEqual(['c.a', 'c.data']);
  });

  it('are checked without the others, with progress over all their files', async () => {
    await store('a');
    await store('b', { path: 'v' }, [1, 2, 3]);
    const other = await store('c', { identity: 'url:n' });
    const told: number[][] = [];
    platform.time = 49;
    const onProgress = (done: number, total: number) => void told.push([done, total]);
    expect(await verifyModel(storage, platform, 'url:m', { onProgress })).toEqual({ bytes: 7, damaged: [] });
    expect(told).toEqual([
      [4, 7],
      [7, 7],
    ]);
    const checked = (await listStoredFiles(storage)).map(({ file }) => file.checked);
    expect(checked).toEqual([50, 51, other.checked]);
    storage.damage('b.data', 1);
    expect(await verifyModel(storage, platform, 'url:m', {})).toEqual({ bytes: 4, damaged: ['v'] });
    expect((await listModels(storage)).map(({ id, complete }) => [id, complete])).toEqual([
      ['url:m', false],
      ['url:n', true],
    ]);
  });
});
