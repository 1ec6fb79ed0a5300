import { describe, expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { entryDataOffset, readZipEntries, torchDataOffset, type ZipEntry } from './zip.ts';

const entries = { 'a/data.pkl': Uint8Array.of(1, 2, 3), 'a/data/0': Uint8Array.of(4, 5, 6, 7) };
const plain = storedZip(entries);
const wide = storedZip(entries, { zip64: true });
const aligned = storedZip(entries, { alignment: 64 });

const open = (bytes: Uint8Array<ArrayBuffer>): ByteSource => guardedSource(bytes, 'x.pt');

/** The archive with some bytes other, at places that begin where a signature stands for the nth time. */
function patched(
  zip: Uint8Array<ArrayBuffer>,
  signature: string,
  at: number,
  values: readonly number[],
  nth = 0,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(zip);
  copy.set(values, placeOf(zip, signature, nth) + at);
  return copy;
}

function placeOf(zip: Uint8Array, signature: string, nth = 0): number {
  const bytes = Buffer.from(zip);
  let place = bytes.indexOf(signature, 0, 'latin1');
  for (let found = 0; found < nth; found++) place = bytes.indexOf(signature, place + 1, 'latin1');
  return place;
}

/** The same as a file. */
const changed = (...change: Parameters<typeof patched>): ByteSource => open(patched(...change));

const uint32 = (value: number): readonly number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];

const directory = 'PK\x01\x02';
const local = 'PK\x03\x04';
const end = 'PK\x05\x06';
const end64 = 'PK\x06\x06';
const locator = 'PK\x06\x07';

const directorySize = plain.length - 22 - placeOf(plain, directory);
const wideOffset = placeOf(wide, directory);
const wideSize = placeOf(wide, end64) - wideOffset;

async function entryOf(source: ByteSource, name = 'a/data/0'): Promise<ZipEntry> {
  const entry = (await readZipEntries(source)).get(name);
  if (entry === undefined) throw new RangeError(name);
  return entry;
}

describe('the directory of an archive', () => {
  it.each([
    ['plain', plain],
    ['zip64', wide],
    ['aligned', aligned],
    ['with a comment', withComment(plain, 'a remark')],
    ['with the longest comment', withComment(plain, 'x'.repeat(0xffff))],
    ['with another end in its comment', withComment(plain, `PK\x05\x06${'x'.repeat(30)}`)],
    ['zip64 because of its size', patched(wide, end, 16, uint32(wideOffset))],
    ['zip64 because of its place', patched(wide, end, 12, uint32(wideSize))],
    ['zip64 by its count alone', patched(patched(wide, end, 12, uint32(wideSize)), end, 16, uint32(wideOffset))],
    ['with a remark on an entry', withRemark(plain, 'note')],
  ])('is found: %s', async (_, zip) => {
    const source = open(zip);
    const found = await readZipEntries(source);
    expect([...found].map(([name, { size, compressed }]) => [name, size, compressed])).toEqual([
      ['a/data.pkl', 3, false],
      ['a/data/0', 4, false],
    ]);
    for (const entry of found.values()) {
      const at = await entryDataOffset(source, entry);
      expect(await torchDataOffset(source, entry)).toBe(at);
      expect(await source.read(at, entry.size)).toEqual(entries[entry.name as keyof typeof entries]);
    }
  });

  it.each([
    ['encrypted', changed(plain, directory, 8, [1]), 'it is encrypted'],
    ['of two sizes', changed(plain, directory, 20, [9]), 'has two sizes'],
    ['with a name that reaches beyond it', changed(plain, directory, 28, [0xff, 0xff]), 'its directory is damaged'],
    ['without a signature', changed(plain, directory, 0, [0], 1), 'its directory is damaged'],
    ['that lies outside the file', changed(plain, end, 16, [0xff, 0xff, 0xff, 0x7f]), 'lies outside the file'],
    ['that reaches beyond the file', changed(plain, end, 12, [directorySize + 23]), 'lies outside the file'],
    ['that reaches to the end of the file', changed(plain, end, 12, [directorySize + 22]), 'its directory is damaged'],
    ['of four megabytes', changed(plain, end, 12, [0, 0, 0x40]), 'lies outside the file'],
    ['that is too large', changed(plain, end, 12, [1, 0, 0x40]), 'its directory is too large'],
    ['that names an entry twice', open(twice('a', 'b')), 'it holds "a" twice'],
    ['that names a long one twice', open(twice('a'.repeat(300), 'b'.repeat(300))), `it holds "${'a'.repeat(200)}" tw`],
    ['of two sizes, with a long name', twoSizes('a'.repeat(300)), `"${'a'.repeat(200)}" has two sizes`],
    ['that is all there is', open(endOnly(0xffff_ffff)), 'its zip64 directory is missing'],
    ['behind its end', changed(wide, locator, 8, uint32(wide.length - 55)), 'its zip64 directory is missing'],
    ['behind its end by one', changed(wide, locator, 8, uint32(wide.length - 56)), 'its zip64 directory is missing'],
    ['without its zip64 end', changed(wide, end64, 0, [0]), 'its zip64 directory is missing'],
    ['without its zip64 locator', changed(wide, locator, 0, [0]), 'its zip64 directory is missing'],
    [
      'whose locator points beyond the end',
      changed(wide, locator, 8, [0xff, 0xff, 0xff]),
      'zip64 directory is missing',
    ],
    ['of a size that no file has', changed(wide, locator, 8, [0, 0, 0, 0, 0, 0, 0x20]), 'a size that no file has'],
    [
      'of the largest size that a number holds',
      changed(wide, locator, 8, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]),
      'zip64 directory is missing',
    ],
    [
      'whose zip64 sizes reach beyond their entry',
      changed(wide, directory, 46 + 10 + 2, [25]),
      'its zip64 sizes are missing',
    ],
    ['whose entry lacks its zip64 sizes', changed(wide, directory, 46 + 10 + 2, [16]), 'its zip64 sizes are missing'],
    ['of another field than zip64', changed(wide, directory, 46 + 10, [2]), 'its zip64 sizes are missing'],
  ])('is refused: %s', async (_, source, words) => {
    await expect(readZipEntries(source)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
    });
  });
});

it('a directory that is cut off is refused, wherever it is', async () => {
  const first = placeOf(plain, directory, 1) - placeOf(plain, directory);
  for (let size = 1; size < directorySize; size++) {
    const reading = readZipEntries(changed(plain, end, 12, uint32(size)));
    if (size === first) expect((await reading).size).toBe(1);
    else await expect(reading).rejects.toThrow('its directory is damaged');
  }
});

it('entries without a name, and compressed ones of two sizes, are in the directory', async () => {
  expect([...(await readZipEntries(open(storedZip({ '': 'x' })))).keys()]).toEqual(['']);
  const compressed = patched(patched(plain, directory, 10, [8], 1), directory, 20, [2], 1);
  expect(await entryOf(open(compressed))).toMatchObject({ size: 4, compressed: true });
});

describe('the bytes of an entry', () => {
  it.each([
    ['that is compressed and aligned', changed(aligned, directory, 10, [8], 1), 'is compressed; save the file again'],
    ['whose header does not fit', changed(plain, directory, 42, uint32(plain.length - 29), 1), 'lies outside the file'],
    ['whose header is the end', changed(plain, directory, 42, uint32(plain.length - 30), 1), 'has no header'],
    ['that is larger than the file', resized(5), 'lies outside the file'],
    ['whose neighbour lies beyond the file', withFarNeighbour(), 'lies outside the file'],
    ['that is compressed', changed(plain, directory, 10, [8], 1), 'is compressed; save the file again'],
    ['without a header', changed(plain, local, 0, [0], 1), 'has no header'],
    ['that begins beyond the end', changed(plain, directory, 42, [0xff, 0xff], 1), 'lies outside the file'],
    ['whose header pushes them beyond the end', changed(plain, local, 28, [0xff, 0xff], 1), 'lies outside the file'],
  ])('are refused of one %s', async (_, source, words) => {
    const entry = await entryOf(source);
    for (const place of [entryDataOffset, torchDataOffset]) await expect(place(source, entry)).rejects.toThrow(words);
  });

  it('end where the next entry begins, in whatever order they are listed', async () => {
    const three = { 'a/1': 'x', 'a/2': 'yy', 'a/3': 'zzz' };
    const zip = storedZip(three, { isListedBackwards: true });
    const found = [...(await readZipEntries(open(zip))).values()];
    expect(found.map(({ name }) => name)).toEqual(['a/3', 'a/2', 'a/1']);
    const starts = found.map(({ headerOffset }) => headerOffset);
    const directoryOffset = Buffer.from(zip).indexOf(directory, 0, 'latin1');
    expect(found.map((entry) => entry.end)).toEqual([directoryOffset, ...starts.slice(0, 2)]);
  });

  it('may reach to the end of the file', async () => {
    const source = resized(4);
    const entry = await entryOf(source);
    expect((await entryDataOffset(source, entry)) + entry.size).toBe(source.size);
    expect((await torchDataOffset(source, entry)) + entry.size).toBe(source.size);
  });

  /** What is read to find an entry's bytes, which is checked against its header. */
  async function readsFor(zip: Uint8Array<ArrayBuffer>, name: string): Promise<readonly number[]> {
    const source = open(zip);
    const entry = await entryOf(source, name);
    const reads: number[] = [];
    const read = (offset: number, length: number) => (reads.push(offset), source.read(offset, length));
    expect(await torchDataOffset({ ...source, read }, entry)).toBe(await entryDataOffset(source, entry));
    return reads;
  }

  it('are told without their header where entries are aligned, and from their header elsewhere', async () => {
    expect(await readsFor(aligned, 'a/data/0')).toEqual([]);
    expect(await readsFor(storedZip({ ['x'.repeat(34)]: 'abc' }), 'x'.repeat(34))).toEqual([]);
    expect(await readsFor(plain, 'a/data/0')).toEqual([placeOf(plain, local, 1)]);
  });

  it('are told so where less than 128 bytes stand between, whatever the name', async () => {
    for (let length = 1; length <= 256; length++) {
      const name = 'x'.repeat(length);
      const zip = storedZip({ a: 'b', [name]: 'abc' }, { alignment: 256 });
      const header = placeOf(zip, local, 1);
      const padding = new DataView(zip.buffer).getUint16(header + 28, true);
      expect([length, await readsFor(zip, name)]).toEqual([length, padding < 128 ? [] : [header]]);
    }
  });

  it.each([
    [16, true],
    [24, true],
    [12, false],
  ])('are told so where %i bytes with their checksum follow: %s', async (more, isTold) => {
    let zip = storedZip({ a: 'b', 'a/data/0': new Uint8Array(3 + more) }, { alignment: 64 });
    for (const at of [20, 24]) zip = patched(zip, directory, at, [3], 1);
    zip = patched(zip, directory, 8, [8], 1);
    expect(await readsFor(zip, 'a/data/0')).toEqual(isTold ? [] : [placeOf(zip, local, 1)]);
  });

  it('are not told by a neighbour that stands in their header', async () => {
    for (let size = 0; size < 200; size++) {
      const zip = patched(patched(aligned, directory, 20, [size], 0), directory, 24, [size], 0);
      const source = open(zip);
      const entry = await entryOf(source, 'a/data.pkl');
      const least = 30 + 'a/data.pkl'.length;
      expect(await torchDataOffset(source, entry)).toBeGreaterThanOrEqual(least);
    }
  });
});

/** The second entry said to be so large that its last byte but four is the file's last. */
function resized(more: number): ByteSource {
  const size = plain.length - (placeOf(plain, local, 1) + 30 + 'a/data/0'.length) - 4 + more;
  return changed(patched(plain, directory, 20, uint32(size), 1), directory, 24, uint32(size), 1);
}

/** The first entry said to be as large as the neighbour's place, beyond the file, would have it. */
function withFarNeighbour(): ByteSource {
  const zip = storedZip({ 'a/data/0': 'x', 'a/data/1': 'y' }, { alignment: 64 });
  let far = patched(zip, directory, 42, uint32(64 + 64_000), 1);
  for (const at of [20, 24]) far = patched(far, directory, at, uint32(64_000));
  return open(far);
}

/** Only the end of an archive, whose directory has this size. */
function endOnly(size: number): Uint8Array<ArrayBuffer> {
  return patched(storedZip({}), end, 12, uint32(size));
}

function twoSizes(name: string): ByteSource {
  return changed(storedZip({ [name]: 'x' }), directory, 20, [9]);
}

/** A remark on the first entry, behind its name. */
function withRemark(zip: Uint8Array<ArrayBuffer>, remark: string): Uint8Array<ArrayBuffer> {
  const second = placeOf(zip, directory, 1);
  const head = Buffer.from(patched(zip, directory, 32, [remark.length])).subarray(0, second);
  const longer = new Uint8Array(Buffer.concat([head, Buffer.from(remark), Buffer.from(zip.subarray(second))]));
  return patched(longer, end, 12, uint32(directorySize + remark.length));
}

function withComment(zip: Uint8Array<ArrayBuffer>, comment: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.concat([zip, Buffer.from(comment)]));
  new DataView(bytes.buffer).setUint16(zip.length - 2, comment.length, true);
  return bytes;
}

/** Two entries of one name. */
function twice(name: string, other: string): Uint8Array<ArrayBuffer> {
  const from = other.charCodeAt(0);
  const to = name.charCodeAt(0);
  return new Uint8Array(
    Buffer.from(storedZip({ [name]: 'x', [other]: 'y' })).map((byte) => (byte === from ? to : byte)),
  );
}
