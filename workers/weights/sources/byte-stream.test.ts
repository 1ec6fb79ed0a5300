import { expect, it } from 'vitest';

import { StreamReader, streamOf } from './byte-stream.ts';

const mebibyte = 1024 * 1024;

it.each([
  [0, []],
  [3, [[5, 3]]],
  [8 * mebibyte, [[5, 8 * mebibyte]]],
  [
    16 * mebibyte + 3,
    [
      [5, 8 * mebibyte],
      [8 * mebibyte + 5, 8 * mebibyte],
      [16 * mebibyte + 5, 3],
    ],
  ],
])('a source without a stream is read in pieces of 8 MiB: %i bytes', async (length, expected) => {
  const asked: number[][] = [];
  const read = (offset: number, count: number) => {
    asked.push([offset, count]);
    return Promise.resolve(new Uint8Array(1));
  };
  let pieces = 0;
  for await (const piece of streamOf({ name: 's', size: 99 * mebibyte, read }, 5, length)) pieces += piece.length;
  expect(asked).toEqual(expected);
  expect(pieces).toBe(expected.length);
});

it('a source that gives no more ends its stream', async () => {
  const read = () => Promise.resolve(new Uint8Array());
  for await (const piece of streamOf({ name: 's', size: 9, read }, 0, 20 * mebibyte)) expect(piece).toBe('nothing');
});

/** A reader of bytes that count up, in pieces of these lengths. */
function readerOf(lengths: readonly number[]) {
  const seen: number[] = [];
  const state = { isClosed: false };
  const pieces = async function* () {
    let at = 0;
    try {
      for (const length of lengths) {
        yield await Promise.resolve(Uint8Array.from({ length }, () => at++));
      }
    } finally {
      state.isClosed = true;
    }
  };
  return { seen, state, reader: new StreamReader('the file', pieces(), (bytes) => seen.push(...bytes)) };
}

it('exact amounts are taken from pieces of any size, and each byte is seen once', async () => {
  const { reader, seen, state } = readerOf([1, 0, 3, 1, 4, 0, 2]);
  expect(await reader.take(1)).toEqual(Uint8Array.of(0));
  await reader.skip(2);
  expect(await reader.take(5)).toEqual(Uint8Array.of(3, 4, 5, 6, 7));
  expect(await reader.take(0)).toEqual(new Uint8Array());
  expect(await reader.take(2)).toEqual(Uint8Array.of(8, 9));
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await reader.close();
  expect(state.isClosed).toBe(true);
});

it('a stream that ends too early is an incomplete download, and is named', async () => {
  const { reader } = readerOf([3]);
  await expect(reader.take(4)).rejects.toMatchObject({
    code: 'download-incomplete',
    message: expect.stringContaining('the file') as string,
  });
});

it('a stream is closed where it is not read to the end', async () => {
  const { reader, state } = readerOf([3, 3]);
  await reader.take(1);
  expect(state.isClosed).toBe(false);
  await reader.close();
  expect(state.isClosed).toBe(true);
});
