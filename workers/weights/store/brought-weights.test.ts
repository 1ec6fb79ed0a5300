import { beforeEach, describe, expect, it, vi } from 'vitest';

import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { versioned } from '../../testing/storage/stored-weights.ts';
import type { MaterializeRequest } from '../convert/materialize.ts';
import { storedFileLock, listStoredFiles } from './stored-file.ts';
import { verifyModel } from './stored-models.ts';
import { WeightStore } from './weight-store.ts';

const shapes = { a: [300], b: [100] };
const bytes = safetensorsFile('F16', shapes);
const dataBytes = 800;
const blockBytes = 64;
/** Places in the data where a block ends. */
const blockEnds = Array.from({ length: Math.floor(bytes.length / blockBytes) }, (_, i) => (i + 1) * blockBytes)
  .map((end) => end - (bytes.length - dataBytes))
  .filter((end) => end > 0);
const owner = { identity: 'url:x', name: 'x', licence: null };
const margin = 16 * 1024 * 1024;

let storage = new MemoryStorage();
let platform = new MemoryEnvironment();
beforeEach(() => {
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();
});
const store = () => new WeightStore(storage, platform, blockBytes);

/** The same file in pieces of 50 bytes, noting what is read. */
async function request(more: Partial<MaterializeRequest> = {}, breaksAt = Infinity) {
  const { source, ...rest } = await versioned(bytes, '"1"');
  const read: number[] = [];
  const stream = async function* (offset: number, length: number) {
    read.push(offset);
    for (let at = offset; at < offset + length; at += 50) {
      if (at >= breaksAt) throw new TypeError('gone');
      yield await source.read(at, Math.min(50, offset + length - at));
    }
  };
  return { read, request: { ...rest, source: { ...source, stream }, ...more } };
}

const load = async (more: Partial<MaterializeRequest> = {}, breaksAt = Infinity) =>
  store().load(owner, (await request(more, breaksAt)).request);
const copyOf = (names: readonly string[]) => ({
  touches: (name: string) => names.includes(name),
  apply: (_: string, __: readonly number[], values: Float32Array<ArrayBuffer>) => values,
});

describe('progress', () => {
  it('is told once for every piece by whoever brings a file', async () => {
    const told: number[][] = [];
    await load({ onProgress: (done, total) => told.push([done, total]) });
    const pieceEnds = Array.from({ length: 16 }, (_, i) => 50 * (i + 1));
    const ends = [...new Set([...pieceEnds, ...blockEnds])].sort((a, b) => a - b);
    expect(told).toEqual(ends.map((end) => [end, dataBytes]));
  });

  it('is heard by those who wait for it, block by block to the end, and not after', async () => {
    const heard: number[] = [];
    const both = [load(), load({ onProgress: (done) => heard.push(done) })];
    const [one, two] = await Promise.all(both);
    expect(heard).toEqual([...new Set([...blockEnds, dataBytes])]);
    expect(await two?.blob.arrayBuffer()).toEqual(await one?.blob.arrayBuffer());
    const { id } = (await listStoredFiles(storage))[0] ?? { id: '' };
    platform.announce(storedFileLock(id), 1, 2);
    expect(heard.at(-1)).toBe(dataBytes);
  });

  it('is not told to those who do not ask for it', async () => {
    const told: number[] = [];
    const [first, second] = await Promise.all([load({ onProgress: (done) => told.push(done) }), load()]);
    expect(told.at(-1)).toBe(dataBytes);
    expect([first.inPlace, second.inPlace]).toEqual([false, false]);
  });

  it('is heard no more by those who could not have the file', async () => {
    const heard: number[] = [];
    storage.capacity = 0;
    await expect(load({ onProgress: (done) => heard.push(done) })).rejects.toMatchObject({ code: 'storage-quota' });
    for (const name of await storage.list()) platform.announce(storedFileLock(name.replace(/\.\w+$/u, '')), 1, 2);
    expect(heard).toEqual([]);
  });
});

describe('a stored file', () => {
  it('is found where nobody else has it at hand', async () => {
    await load();
    const { request: wanted } = await request();
    const { id } = (await listStoredFiles(storage))[0] ?? { id: '' };
    await platform.withLock(storedFileLock(id), undefined, async () => {
      expect(await store().find(owner, wanted)).toBeNull();
    });
    const found = await store().find(owner, wanted);
    expect(found).toMatchObject({ inPlace: false, blob: { size: bytes.length } });
    expect([...(found?.table.keys() ?? [])]).toEqual(['a', 'b']);
    expect(await store().find({ ...owner, identity: 'url:y' }, wanted)).toBeNull();
    expect(await store().find(owner, { ...wanted, wanted: [{ name: 'b' }] })).toBeNull();
  });

  it('counts as used when it is loaded, also where the storage is full', async () => {
    await load();
    const [before] = await listStoredFiles(storage);
    platform.time = 100;
    await load();
    const [after] = await listStoredFiles(storage);
    expect(after?.file).toEqual({ ...before?.file, lastUsed: 101 });
    storage.capacity = 0;
    const { request: wanted, read } = await request();
    expect((await store().load(owner, wanted)).blob.size).toBe(bytes.length);
    expect(read).toEqual([]);
  });

  it('of another version is brought in its place', async () => {
    await load();
    const newer = safetensorsFile('F16', shapes, (i) => i % 3);
    const { blob } = await store().load(owner, await versioned(newer, '"2"'));
    expect(Buffer.from(await blob.arrayBuffer()).equals(newer)).toBe(true);
    expect(await listStoredFiles(storage)).toHaveLength(1);
  });

  it.each([
    [0, 0],
    [0.5, Math.floor(Math.ceil(bytes.length / blockBytes) / 2)],
    [0.999, Math.ceil(bytes.length / blockBytes) - 1],
  ])('is looked at in one block: where the lot falls on %d, damage in block %i is found', async (lot, block) => {
    vi.spyOn(Math, 'random').mockReturnValue(lot);
    await load();
    const { id } = (await listStoredFiles(storage))[0] ?? { id: '' };
    storage.damage(`${id}.data`, block * blockBytes);
    const { request: wanted, read } = await request();
    const { blob } = await store().load(owner, wanted);
    expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true);
    expect(read).toHaveLength(1);
    vi.restoreAllMocks();
  });

  it('that is shorter than its record is brought again', async () => {
    await load();
    const name = (await storage.list()).find((each) => each.endsWith('.data')) ?? '';
    const file = await storage.open(name);
    file.truncate(bytes.length - 1);
    file.close();
    const { blob } = await load();
    expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true);
  });
});

describe('bytes that are missing', () => {
  const missing = async (...requests: readonly MaterializeRequest[]) =>
    store().missingBytes(requests.map((each) => ({ owner, request: each })));

  it('are those of all files that are not stored, as they will be', async () => {
    const { request: wanted } = await request();
    const wide = { ...wanted, dtype: 'F32' } as const;
    const wideBytes = safetensorsFile('F32', shapes).length;
    expect(await missing()).toBe(0);
    expect(await missing(wanted, wide)).toBe(bytes.length + wideBytes);
    await expect(load({}, 500)).rejects.toThrow('gone');
    const there = (await listStoredFiles(storage))[0]?.file.written ?? 0;
    expect(there).toBeGreaterThan(0);
    expect(await missing(wanted)).toBe(bytes.length - there);
    await load();
    expect(await missing(wanted, wide)).toBe(wideBytes);
  });

  it('are those that a download brings again, because they are damaged, gone, or of another version', async () => {
    await load();
    const { request: wanted } = await request();
    const ofVersion = (validator: string) => ({ ...wanted, source: { ...wanted.source, validator } });
    const wholeOnly = { ...wanted, source: { ...wanted.source, acceptsRanges: false } };
    expect([await missing(ofVersion('"1"')), await missing(wholeOnly)]).toEqual([0, 0]);
    expect(await missing(ofVersion('"2"'))).toBe(bytes.length);
    platform.quota = 0;
    await store().ensureRoom([{ owner, request: ofVersion('"2"') }]);
    const { id } = (await listStoredFiles(storage))[0] ?? { id: '' };
    storage.damage(`${id}.data`, 5 * blockBytes);
    await verifyModel(storage, platform, owner.identity, {});
    expect(await missing(wanted)).toBe(bytes.length - 5 * blockBytes);
    expect(await missing(wholeOnly)).toBe(bytes.length);
    await storage.remove(`${id}.data`);
    expect(await missing(wanted)).toBe(bytes.length);
  });

  it('need room, with those of merged copies, and the message names whose they are', async () => {
    const { request: wanted } = await request();
    const merged = { ...wanted, transform: copyOf(['b']) };
    const all = [
      { owner, request: merged },
      { owner: { ...owner, identity: 'url:y', name: 'y' }, request: wanted },
      { owner, request: { ...wanted, dtype: 'F32' } as const },
    ];
    const needed = 2 * bytes.length + 200 + safetensorsFile('F32', shapes).length;
    platform.quota = margin + needed;
    await store().ensureRoom(all);
    platform.quota -= 1;
    await expect(store().ensureRoom(all)).rejects.toMatchObject({
      code: 'storage-quota',
      message: expect.stringContaining('Storing x and y needs') as string,
    });
  });
});

describe('merged weights', () => {
  it('are the stored ones where nothing of them changes', async () => {
    const plain = await load();
    const merged = await load({ transform: copyOf(['c']) });
    expect(merged.table).toEqual(plain.table);
    expect((await storage.list()).filter((name) => name.startsWith('temporary-'))).toEqual([]);
  });

  it('have their changed tensors in a file of their own, for which there must be room', async () => {
    await load();
    platform.quota = margin + 200;
    const merged = await load({ transform: copyOf(['b']) });
    expect([...merged.table.keys()].toSorted()).toEqual(['a', 'b']);
    // The stored a, and b at the next multiple of 64.
    expect(merged.blob.size).toBe(640 + 200);
    expect((await storage.list()).filter((name) => name.startsWith('temporary-'))).toHaveLength(1);
    platform.quota -= 1;
    await expect(load({ transform: copyOf(['b']) })).rejects.toMatchObject({ code: 'storage-quota' });
  });
});
