import { beforeEach, describe, expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { Crash, MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import { replaceFile } from './durable-json.ts';
import { HeadStore } from './head-store.ts';
import { listStoredFiles } from './stored-file.ts';

const owner = { identity: 'url:https://host.example/m', name: 'm', licence: 'mit' };
let storage = new MemoryStorage();
beforeEach(() => {
  storage = new MemoryStorage();
});
const heads = () => new HeadStore(storage, new MemoryEnvironment());
const find = (path: string) => heads().find(owner.identity, path);

/** A file on a host. */
const distant = (name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource => ({
  name,
  size: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
});

/** What is stored of a file. */
async function kept(source: ByteSource) {
  await heads().save(owner, source);
  const found = await find(source.name);
  if (found === null) return null;
  return { bytes: new Uint8Array(await found.bytes.arrayBuffer()), first: found.first, plan: found.file.plan };
}

/** A safetensors file's length of its header, and what follows. */
function startingWith(headerBytes: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size).fill(32);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  return bytes;
}

describe('what is stored of a file', () => {
  it('is all of it where it came whole', async () => {
    for (const text of ['{"a":1}', '']) {
      const bytes = new TextEncoder().encode(text);
      expect(await kept(blobSource('unet/config.json', new Blob([bytes])))).toEqual({
        bytes,
        first: bytes.length,
        plan: 'head',
      });
    }
  });

  it('is the header of a safetensors file', async () => {
    const file = safetensorsFile('F16', { a: [900] });
    const header = file.length - 1800;
    const found = await kept(distant('w.safetensors', file));
    expect(found).toEqual({ bytes: file.slice(0, header), first: header, plan: 'head' });
  });

  it.each([
    [12, 20, 20],
    [13, 20, null],
    [0, 8, 8],
    [0, 7, null],
    [8 * 1024 * 1024, 9 * 1024 * 1024, null],
  ])('is a header of %i bytes where it fits into a file of %i: %j', async (headerBytes, size, expected) => {
    const file = startingWith(headerBytes, Math.max(8, size)).slice(0, size);
    expect((await kept(distant('w.safetensors', file)))?.first ?? null).toBe(expected);
  });

  it("is both ends of torch's own file", async () => {
    const file = await torchFileOf(safetensorsFile('F16', { a: [200_000] }));
    const { bytes, first, plan } = present(await kept(distant('w.bin', file)));
    expect(plan).toBe(`ends:${first}`);
    expect(bytes.length).toBeLessThan(100_000);
    const ends = Buffer.concat([file.subarray(0, first), file.subarray(file.length - (bytes.length - first))]);
    expect(ends.equals(bytes)).toBe(true);
  });

  it('is nothing of what is too large, of another kind, no file of weights, or cannot be read in parts', async () => {
    const file = safetensorsFile('F16', { a: [900] });
    expect(await kept({ ...blobSource('a.txt', new Blob()), size: 8 * 1024 * 1024 + 1 })).toBeNull();
    expect(await kept(distant('a.txt', file))).toBeNull();
    expect(await kept(distant('w.bin', file))).toBeNull();
    expect(
      await kept(
        distant(
          'w.bin',
          Uint8Array.from({ length: 99 }, (_, i) => [0x50, 0x4b, 3, 4][i] ?? 0),
        ),
      ),
    ).toBeNull();
    const torch = await torchFileOf(file);
    expect(await kept(distant('w.bin', torch))).toBeNull();
    expect(await kept(distant('w.pt', await torchFileOf(safetensorsFile('F16', { a: [200_000] }))))).toBeNull();
    const whole = { ...distant('w.safetensors', file), acceptsRanges: false };
    expect(await kept(whole)).toBeNull();
    expect(await storage.list()).toEqual([]);
  });

  it('is not decided where the host fails meanwhile', async () => {
    const read = () => Promise.reject(new PinwordError('network', 'gone'));
    await expect(kept({ name: 'w.bin', size: 99, read })).rejects.toMatchObject({ code: 'network' });
  });

  it.each([
    ['damaged', (name: string) => replaceFile(storage, name, new TextEncoder().encode('{"b":1}'))],
    ['gone', (name: string) => storage.remove(name)],
    ['longer', (name: string) => replaceFile(storage, name, new Uint8Array(9))],
    ['shorter', (name: string) => replaceFile(storage, name, new Uint8Array())],
  ])('is nothing where it is %s', async (_, change) => {
    await heads().save(owner, blobSource('unet/config.json', new Blob(['{"a":1}'])));
    const name = present((await storage.list()).find((each) => each.endsWith('.data')));
    await change(name);
    expect(await find('unet/config.json')).toBeNull();
  });

  it('is nothing where an empty file has grown, and is of its path and its model alone', async () => {
    await heads().save(owner, blobSource('a.txt', new Blob()));
    expect(await find('b.txt')).toBeNull();
    expect(await heads().find('url:other', 'a.txt')).toBeNull();
    expect(await find('a.txt')).not.toBeNull();
    const name = present((await storage.list()).find((each) => each.endsWith('.data')));
    await replaceFile(storage, name, new Uint8Array(1));
    expect(await find('a.txt')).toBeNull();
  });

  it('replaces what was stored before', async () => {
    await heads().save(owner, blobSource('a.txt', new Blob(['a long text'])));
    expect(await kept(blobSource('a.txt', new Blob(['short'])))).toMatchObject({ first: 5 });
  });

  it('of one byte is known to be damaged too, and of 8 MiB is all of it', async () => {
    await heads().save(owner, blobSource('a.txt', new Blob(['a'])));
    storage.damage(present((await storage.list()).find((each) => each.endsWith('.data'))), 0);
    expect(await find('a.txt')).toBeNull();
    const bytes = new Uint8Array(8 * 1024 * 1024);
    expect((await kept(blobSource('a.txt', new Blob([bytes]))))?.first).toBe(bytes.length);
  });

  it('is what was there before or what comes after it, or nothing, where a crash ends its replacement', async () => {
    for (let bytes = 0; bytes < 1500; bytes += 100)
      for (const torn of [true, false]) {
        storage = new MemoryStorage();
        await heads().save(owner, blobSource('a.txt', new Blob(['x'.repeat(200)])));
        storage.bytesUntilCrash = bytes;
        const outcome: unknown = await heads()
          .save(owner, blobSource('a.txt', new Blob(['y'.repeat(150)])))
          .catch((thrown: unknown) => thrown);
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(Crash);
        storage.restart(torn);
        const found = await find('a.txt');
        if (found !== null) expect(await found.bytes.text()).toMatch(/^(x{200}|y{150})$/u);
        const [stored] = await listStoredFiles(storage);
        expect(stored?.file.complete, `${bytes}`).toBe(found !== null);
      }
  });
});

it('whose files are stored is known as soon as one is', async () => {
  const store = heads();
  expect(await store.owner(owner.identity)).toBeNull();
  await store.save(owner, blobSource('a.txt', new Blob(['a'])));
  expect(await store.owner(owner.identity)).toEqual(owner);
  expect(await store.owner('url:other')).toBeNull();
});
