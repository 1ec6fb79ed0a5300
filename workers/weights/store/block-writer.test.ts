import { expect, it } from 'vitest';

import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import { sha256 } from '../sources/hashes.ts';
import { BlockWriter } from './block-writer.ts';

const bytes = Uint8Array.from({ length: 23 }, (_, index) => index);
const blockBytes = 5;
const hashesOf = (data: Uint8Array<ArrayBuffer>) =>
  Promise.all(
    Array.from({ length: Math.ceil(data.length / blockBytes) }, (_, i) =>
      sha256(data.slice(i * blockBytes, (i + 1) * blockBytes)),
    ),
  );
const contentOf = async (storage: MemoryStorage) =>
  new Uint8Array(await present(await storage.blob('a')).arrayBuffer());

it.each([1, 2, 5, 7, 12, 23])('pieces of %i bytes are written and hashed in blocks', async (piece) => {
  const storage = new MemoryStorage();
  const writer = new BlockWriter(await storage.open('a'), blockBytes, 0, []);
  for (let at = 0; at < bytes.length; at += piece) {
    const before = writer.written;
    const end = Math.min(at + piece, bytes.length);
    const filledOne = await writer.append(bytes.slice(at, end));
    expect(writer.written).toBe(end - (end % blockBytes));
    expect(filledOne).toBe(writer.written > before);
  }
  expect(writer.hashes).toEqual((await hashesOf(bytes)).slice(0, 4));
  await writer.finish();
  await writer.finish();
  expect(writer.written).toBe(bytes.length);
  expect(writer.hashes).toEqual(await hashesOf(bytes));
  expect(await contentOf(storage)).toEqual(bytes);
});

it('a filled block survives a crash, what is not filled does not count', async () => {
  const storage = new MemoryStorage();
  const writer = new BlockWriter(await storage.open('a'), blockBytes, 0, []);
  await writer.append(bytes.slice(0, 13));
  storage.restart(false);
  expect(await contentOf(storage)).toEqual(bytes.slice(0, 10));
  expect(writer.written).toBe(10);
});

it('what lay behind the bytes that count is cut off, and the hashes go on', async () => {
  const storage = new MemoryStorage();
  const file = await storage.open('a');
  file.write(0, bytes);
  const known = ['one', 'two'];
  const writer = new BlockWriter(file, blockBytes, 10, known);
  expect(file.size()).toBe(10);
  await writer.append(Uint8Array.of(1, 2, 3, 4, 5, 6));
  await writer.finish();
  expect(await contentOf(storage)).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6));
  expect(writer.hashes).toEqual(['one', 'two', ...(await hashesOf(Uint8Array.of(1, 2, 3, 4, 5, 6)))]);
  expect(known).toHaveLength(2);
});
