import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { hashOfParts, openStreamHash, refuseWrongBytes, sha256, sha256OfText } from './hashes.ts';

const bytes = (length: number, first = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (first + index) % 251);
const plain = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

async function digestOf(
  data: Uint8Array,
  sizes: readonly number[],
  piece: number,
  savedAt = Infinity,
): Promise<string> {
  let hash = await openStreamHash(null, sizes);
  for (let at = 0; at < data.length; at += piece) {
    if (at >= savedAt && at - piece < savedAt) hash = await openStreamHash(hash?.save() ?? '', sizes);
    hash?.update(data.subarray(at, at + piece));
  }
  return hash?.digest() ?? '';
}

describe('the hash of a stream', () => {
  it('of one file is that of the file, in pieces of any size', async () => {
    const data = bytes(1000);
    for (const piece of [1, 7, 999, 1000]) expect(await digestOf(data, [1000], piece)).toBe(plain(data));
    expect(await digestOf(bytes(0), [0], 1)).toBe(plain(''));
  });

  it('of several files is made of theirs, wherever it was interrupted', async () => {
    const parts = [bytes(300), bytes(1, 5), bytes(699, 9)];
    const whole = new Uint8Array(Buffer.concat(parts));
    const expected = await hashOfParts(parts.map(plain));
    expect(expected).toBe(plain(parts.map(plain).join()));
    for (const savedAt of [Infinity, 7, 294, 301, 308, 700])
      expect(await digestOf(whole, [300, 1, 699], 7, savedAt)).toBe(expected);
  });

  it('of a stream that ends within a file counts what there was of it', async () => {
    for (const last of [1, 3]) {
      const expected = await hashOfParts([plain(bytes(4)), plain(bytes(last, 4))]);
      expect(await digestOf(bytes(4 + last), [4, 10], 2)).toBe(expected);
      expect(await digestOf(bytes(last), [10], 2)).toBe(plain(bytes(last)));
    }
  });

  it('is not gone on with from a state that is none', async () => {
    for (const saved of ['', 'x', '{}', '{"digests":[],"filled":0,"state":"AAAA"}'])
      expect(await openStreamHash(saved, [10])).toBeNull();
  });
});

it('hashes of bytes and of texts are written in hex', async () => {
  expect(await sha256(bytes(9))).toBe(plain(bytes(9)));
  expect(await sha256OfText('é')).toBe(plain('é'));
});

it('bytes are wrong where both hashes are known and differ', () => {
  for (const pair of [
    ['a', 'a'],
    [null, 'a'],
    ['a', null],
    [null, null],
  ] as const)
    expect(() => {
      refuseWrongBytes('w', pair);
    }).not.toThrow();
  expect(() => {
    refuseWrongBytes('w', ['a', 'a'], ['a', 'b']);
  }).toThrow(
    expect.objectContaining({ code: 'hash-mismatch', message: expect.stringContaining('w arrived') as string }),
  );
});
