import { describe, expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { pickleBytes, pickledName, pickledStorage, pickledText as text } from '../../testing/files/pickle-text.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readLegacyFile } from './legacy-file.ts';
import { PickleRefusal } from './pickle-values.ts';

/** The number and the version of its protocol that torch.save writes first. */
const prologue = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e\x80\x02\x4d\xe9\x03\x2e';
const littleEndian = `}${text('little_endian')}\x88s.`;
const mebi = 1024 * 1024;

/** A file of this size that begins with these pickles, and the lengths that were read of it. */
function fileOf(pickles: string, size = pickles.length): { source: ByteSource; lengths: number[] } {
  const bytes = new Uint8Array(size);
  bytes.set(pickleBytes(pickles).subarray(0, size));
  const guarded = guardedSource(bytes);
  const lengths: number[] = [];
  const read = (offset: number, length: number) => (lengths.push(length), guarded.read(offset, length));
  return { source: { ...guarded, read }, lengths };
}

/** A file that saved a text of this length, and no storages. */
function longFile(length: number, size: number) {
  const bytes = Buffer.from(Uint32Array.of(length).buffer).toString('latin1');
  return fileOf(`${prologue}${littleEndian}X${bytes}${'a'.repeat(length)}.].`, size);
}

describe('a file of torch.save before 1.6', () => {
  it('keeps its storages one behind the other, each behind eight bytes, in the order of its list', async () => {
    const saved = `${pickledStorage(pickledName('torch', 'FloatStorage'), 'a', 6)}${pickledStorage(pickledName('torch', 'HalfStorage'), 'b', 5)}\x86.`;
    const pickles = `${prologue}${littleEndian}${saved}](${text('b')}${text('a')}e.`;
    const { places, root } = await readLegacyFile(fileOf(pickles).source, mebi);
    expect([...places]).toEqual([
      ['b', pickles.length],
      ['a', pickles.length + 8 + 5 * 2],
    ]);
    expect(root).toMatchObject([{ key: 'a' }, { key: 'b' }]);
  });

  it.each([
    ['all of a small file', longFile(5, 100), [100]],
    ['a megabyte of a large one', longFile(5, 3 * mebi), [mebi]],
    ['twice as much where its pickles are longer', longFile(1.5 * mebi, 3 * mebi), [mebi, 2 * mebi]],
  ])('is read by %s', async (_, { source, lengths }, expected) => {
    await readLegacyFile(source, 2 * mebi);
    expect(lengths).toEqual(expected);
  });

  it('is read to its end at most', async () => {
    const { source, lengths } = longFile(2.5 * mebi, 3 * mebi);
    await readLegacyFile(source, 4 * mebi);
    expect(lengths).toEqual([mebi, 2 * mebi, 3 * mebi]);
  });

  it.each([
    ['whose pickle is larger than is read', longFile(2.5 * mebi, 4 * mebi), /too large/, [mebi, 2 * mebi]],
    ['that ends within its pickle', longFile(2 * mebi, mebi), /cut off/, [mebi]],
    ['with another number', fileOf(prologue.replace('\xfc', '\xfd'), 2 * mebi), /not one of torch.save/, [mebi]],
  ])('is refused after so much, and no more: one %s', async (_, { source, lengths }, words, expected) => {
    await expect(readLegacyFile(source, 2 * mebi)).rejects.toThrow(words);
    expect(lengths).toEqual(expected);
  });

  it.each([
    ['of another version', prologue.replace('\xe9', '\xea'), /not one of torch.save/],
    ['that is big-endian', `${prologue}}${text('little_endian')}\x89s.`, /not little-endian/],
    ['that does not say its byte order', `${prologue}}.`, /not little-endian/],
    ['whose machine is no dict', `${prologue}N.`, /not little-endian/],
    ['whose list of storages is none', `${prologue}${littleEndian}N.N.`, /list of storages/],
    ['whose list names no storage', `${prologue}${littleEndian}N.]${text('a')}a.`, /list of storages/],
    ['whose list holds a number', `${prologue}${littleEndian}N.]K\x01a.`, /list of storages/],
  ])('is refused: one %s', async (_, pickles, words) => {
    const reading = readLegacyFile(fileOf(pickles).source, 2 * mebi);
    await expect(reading).rejects.toThrow(PickleRefusal);
    await expect(reading).rejects.toThrow(words);
  });
});
