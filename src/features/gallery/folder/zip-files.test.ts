import { downloadZip } from 'client-zip';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { storedZip } from '../../../../workers/testing/files/zip-writer.ts';
import { filesInZip } from './zip-files.ts';

const png = (text: string) => new Blob([text], { type: 'image/png' });
const zipOf = (bytes: BlobPart, name = 'all.zip') => new File([bytes], name);
const read = async (zip: File): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const { path, read: open } of await filesInZip(zip)) found[path] = await (await open()).text();
  return found;
};

/** One entry that is compressed, with what it claims to be large. */
function deflated(content: Uint8Array, claimed = content.length): Uint8Array<ArrayBuffer> {
  const packed = deflateRawSync(content);
  const zip = Buffer.from(storedZip({ 'a.png': new Uint8Array(packed) }));
  const directory = zip.indexOf('PK\u0001\u0002', 0, 'latin1');
  for (const [header, method, size] of [
    [0, 8, 22],
    [directory, 10, 24],
  ] as const) {
    zip.writeUInt16LE(8, header + method);
    zip.writeUInt32LE(claimed, header + size);
  }
  return new Uint8Array(zip);
}

/** The archive with bytes other at the first place of a signature. */
function changed(zip: Uint8Array<ArrayBuffer>, signature: string, at: number, ...bytes: number[]) {
  const copy = Buffer.from(zip);
  copy.set(bytes, copy.indexOf(signature, 0, 'latin1') + at);
  return new Uint8Array(copy);
}

/** The archive with its one entry named many times in its directory. */
function repeated(zip: Uint8Array<ArrayBuffer>, times: number): Uint8Array<ArrayBuffer> {
  const [start, endAt] = [directory, 'PK\u0005\u0006'].map((signature) =>
    Buffer.from(zip).indexOf(signature, 0, 'latin1'),
  );
  const [entry, end] = [zip.subarray(start, endAt), Buffer.from(zip.subarray(endAt))];
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(times * entry.length, 12);
  return new Uint8Array(Buffer.concat([zip.subarray(0, start), ...Array<Uint8Array>(times).fill(entry), end]));
}

const plain = storedZip({ 'a.png': 'one' });
const directory = 'PK\u0001\u0002';

describe('pictures in a zip', () => {
  it('are read as this site packs them, with their folders and times', async () => {
    const lastModified = new Date(2026, 5, 4, 3, 2, 2);
    const entries = [
      { name: 'out/a.png', input: png('one'), lastModified },
      { name: 'out/pinword-gallery.json', input: png('{}'), lastModified },
    ];
    const zip = zipOf(await downloadZip(entries).blob());
    expect(await read(zip)).toEqual({ 'out/a.png': 'one', 'out/pinword-gallery.json': '{}' });
    const [first] = await filesInZip(zip);
    expect(await first?.read()).toMatchObject({
      name: 'a.png',
      type: 'image/png',
      lastModified: lastModified.getTime(),
    });
  });

  it('are read where they are compressed, and in zip64', async () => {
    expect(await read(zipOf(deflated(Buffer.from('x'.repeat(300)))))).toEqual({ 'a.png': 'x'.repeat(300) });
    expect(await read(zipOf(storedZip({ 'a.png': 'one' }, { zip64: true })))).toEqual({ 'a.png': 'one' });
  });

  it('are all that is read: no folders, notes, or what macOS puts beside files', async () => {
    const zip = storedZip({
      'a/': '',
      'a/b.png': 'one',
      'a/._b.png': '?',
      '__MACOSX/a/._b.png': '?',
      'read me.txt': '?',
    });
    expect(await read(zipOf(zip))).toEqual({ 'a/b.png': 'one' });
  });

  it.each([
    ['that is none', zipOf('no zip'), '“all.zip” is damaged, or no zip.'],
    ['that is empty', zipOf(''), '“all.zip” is damaged, or no zip.'],
    ['that ends too early', zipOf(plain.subarray(0, plain.length - 30)), '“all.zip” is damaged, or no zip.'],
    ['with a damaged directory', zipOf(changed(plain, directory, 0, 0)), '“all.zip” is damaged, or no zip.'],
    [
      'with a password',
      zipOf(changed(changed(plain, directory, 8, 1), directory, 20, 15)),
      '“all.zip” is locked with a password.',
    ],
    [
      'of which little becomes very much',
      zipOf(deflated(Buffer.from('x'), 60 * 1024 ** 2)),
      '“all.zip” would unpack to far more than pictures do',
    ],
  ])('a zip %s ends in a sentence', async (_, zip, words) => {
    await expect(filesInZip(zip)).rejects.toThrow(words);
  });

  it.each([
    ['is damaged', changed(plain, 'PK\u0003\u0004', 0, 0)],
    ['unpacks to more than it claims', deflated(Buffer.alloc(5_000), 10)],
    ['is no deflate stream', changed(deflated(Buffer.from('some picture')), 'a.png', 5, 0xff, 0xff)],
  ])('a picture that %s is told when it is read', async (_, zip) => {
    const [picture] = await filesInZip(zipOf(zip));
    await expect(picture?.read()).rejects.toThrow();
  });

  it('are no more than a gallery can have', async () => {
    await expect(filesInZip(zipOf(repeated(plain, 20_001)))).rejects.toThrow(
      'holds more files than a gallery can have',
    );
  });
});
