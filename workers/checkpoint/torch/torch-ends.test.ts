import { describe, expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { torchEnds } from './torch-file.ts';
import { readZipEntries } from './zip.ts';

const pickle = Uint8Array.of(0x80, 2, 0x4e, 0x2e);
const numbers = new Uint8Array(100);

/** Where the header of an entry lies. */
async function startOf(source: ByteSource, name: string): Promise<number> {
  return (await readZipEntries(source)).get(name)?.headerOffset ?? NaN;
}

describe('what tells of all else in an archive of torch.save', () => {
  it.each([
    ['its pickle', { 'a/data.pkl': pickle, 'a/data/0': numbers, 'a/version': '3' }],
    ['its byte order behind it', { 'a/data.pkl': pickle, 'a/byteorder': 'little', 'a/data/0': numbers }],
    ['its byte order before it', { 'a/byteorder': 'little', 'a/data.pkl': pickle, 'a/data/0': numbers }],
    ['its own byte order', { 'a/data.pkl': pickle, 'a/data/0': numbers, byteorder: 'little' }],
  ])('lies before its numbers: %s', async (_, entries) => {
    const source = guardedSource(storedZip(entries));
    expect((await torchEnds(source))?.head).toBe(await startOf(source, 'a/data/0'));
  });

  it('lies in its directory, or in the end that is searched for it', async () => {
    const few = guardedSource(storedZip({ 'a/data.pkl': pickle }));
    expect((await torchEnds(few))?.tail).toBe(65_557);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`a/data/${'x'.repeat(40)}${i}`, '']));
    for (const isListedBackwards of [false, true]) {
      const bytes = storedZip({ ...many, 'a/data.pkl': pickle }, { isListedBackwards });
      const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
      expect((await torchEnds(guardedSource(bytes)))?.tail).toBe(bytes.length - directory);
    }
  });

  it('is not told of other files', async () => {
    const zip = storedZip({ 'a/data.pkl': pickle });
    for (const at of [0, 1]) expect(await torchEnds(guardedSource(zip.with(at, 0x51)))).toBeNull();
    expect(await torchEnds(guardedSource(storedZip({ 'a/b/data.pkl': pickle, 'data.pkl': pickle })))).toBeNull();
    for (let size = 0; size < 2; size++) expect(await torchEnds(guardedSource(zip.slice(0, size)))).toBeNull();
    await expect(torchEnds(guardedSource(zip.slice(0, 2)))).rejects.toMatchObject({ code: 'bad-pickle' });
  });
});
