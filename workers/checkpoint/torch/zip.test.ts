import { describe, expect, it } from 'vitest';

import { memorySource } from '../../testing/reference/formats-reference.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { entryDataOffset, readZipEntries, torchDataOffset, type ZipEntry } from './zip.ts';

const entries = { 'a/data.pkl': Uint8Array.of(1, 2, 3), 'a/data/0': Uint8Array.of(4, 5, 6, 7) };
const plain = storedZip(entries);
const wide = storedZip(entries, { zip64: true });
const aligned = storedZip(entries, { alignment: 64 });

const open = (bytes: Uint8Array<ArrayBuffer>): ByteSource => memorySource('x.pt', bytes);

/** The archive with some bytes other, at places that begin where a signature stands for the nth time. */
function changed(
  zip: Uint8Array<ArrayBuffer>,
  signature: string,
  at: number,
  values: readonly number[],
  nth = 0,
): ByteSource {
  const copy = Buffer.from(zip);
  let place = copy.indexOf(signature, 0, 'latin1');
  for (let found = 0; found < nth; found++) place = copy.indexOf(signature, place + 1, 'latin1');
  copy.set(values, place + at);
  return open(new Uint8Array(copy));
}

const directory = 'PK\x01\x02';
const local = 'PK\x03\x04';
const end = 'PK\x05\x06';
const end64 = 'PK\x06\x06';
const locator = 'PK\x06\x07';

const directorySize = plain.length - 22 - Buffer.from(plain).indexOf(directory, 0, 'latin1');

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
    ['that names an entry twice', open(twice()), 'it holds "a" twice'],
    ['without its zip64 end', changed(wide, end64, 0, [0]), 'its zip64 directory is missing'],
    ['without its zip64 locator', changed(wide, locator, 0, [0]), 'its zip64 directory is missing'],
    [
      'whose locator points beyond the end',
      changed(wide, locator, 8, [0xff, 0xff, 0xff]),
      'zip64 directory is missing',
    ],
    ['of a size that no file has', changed(wide, locator, 8, [0, 0, 0, 0, 0, 0, 0x20]), 'a size that no file has'],
    ['whose entry lacks its zip64 sizes', changed(wide, directory, 46 + 10 + 2, [16]), 'its zip64 sizes are missing'],
    ['of another field than zip64', changed(wide, directory, 46 + 10, [2]), 'its zip64 sizes are missing'],
  ])('is refused: %s', async (_, source, words) => {
    await expect(readZipEntries(source)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('the bytes of an entry', () => {
  it.each([
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

  it('are told without their header where entries are aligned, and from their header elsewhere', async () => {
    const reads: number[] = [];
    const counting = (source: ByteSource): ByteSource => ({
      ...source,
      read: (offset, length) => (reads.push(offset), source.read(offset, length)),
    });
    const source = counting(open(aligned));
    const entry = await entryOf(source);
    reads.length = 0;
    await torchDataOffset(source, entry);
    expect(reads).toEqual([]);
    const loose = counting(open(plain));
    const other = await entryOf(loose);
    reads.length = 0;
    await torchDataOffset(loose, other);
    expect(reads).toEqual([other.headerOffset]);
  });
});

function withComment(zip: Uint8Array<ArrayBuffer>, comment: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.concat([zip, Buffer.from(comment)]));
  new DataView(bytes.buffer).setUint16(zip.length - 2, comment.length, true);
  return bytes;
}

function twice(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(storedZip({ a: 'x', b: 'y' })).map((byte) => (byte === 0x62 ? 0x61 : byte)));
}
