import { describe, expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { TensorDtype } from '../tensors/tensor-table.ts';
import { PickleRefusal, type PickleTensor } from './pickle-values.ts';
import { TensorViews } from './tensor-views.ts';

/** Sixty bytes that count up; the storage is the last 48, twelve float32 or 48 bytes. */
const bytes = Uint8Array.from({ length: 60 }, (_, i) => i);
const place = { offset: 12, length: 48 };

function tensor(
  shape: readonly number[],
  strides: readonly number[],
  elementOffset = 0,
  dtype: TensorDtype = 'F32',
): PickleTensor {
  return {
    kind: 'tensor',
    storage: { kind: 'storage', dtype, key: '0', count: 48 },
    dtype,
    elementOffset,
    shape,
    strides,
  };
}

/** A source that notes what is read of it. */
function noted(source: ByteSource): { source: ByteSource; reads: [number, number][] } {
  const reads: [number, number][] = [];
  const read = (offset: number, length: number) => (reads.push([offset, length]), source.read(offset, length));
  return { source: { ...source, read }, reads };
}

describe('a tensor of a torch file', () => {
  it.each([
    [[2, 3], [3, 1], 0],
    [[2, 3], [3, 1], 6],
    [[2, 3, 2], [6, 2, 1], 0],
    [[12], [1], 0],
    [[], [], 11],
    [[1, 3], [99, 1], 2],
    [[3, 1], [1, 77], 2],
    [[0, 3], [7, 9], 5],
    [[0], [5], 12],
  ])('that lies row by row stays where it is: shape %j, strides %j, from %i', (shape, strides, from) => {
    const views = new TensorViews(guardedSource(bytes));
    const length = shape.reduce((product, extent) => product * extent, 4);
    expect(views.place(tensor(shape, strides, from), place)).toEqual({
      dtype: 'F32',
      shape,
      offset: 12 + 4 * from,
      length,
    });
  });

  it.each([
    [[3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5]],
    [[2, 2], [3, 1], 1, [1, 2, 4, 5]],
    [[2, 2], [6, 2], 3, [3, 5, 9, 11]],
    [[3], [2], 7, [7, 9, 11]],
    [[1, 3], [9, 2], 0, [0, 2, 4]],
    [[2, 2], [1, 0], 4, [4, 4, 5, 5]],
    [[2, 3, 2], [1, 4, 2], 0, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
  ])(
    'that does not is put in order behind the file: shape %j, strides %j, from %i',
    async (shape, strides, from, seen) => {
      const views = new TensorViews(guardedSource(bytes));
      const info = views.place(tensor(shape, strides, from), place);
      expect(info).toEqual({ dtype: 'F32', shape, offset: 60, length: 4 * seen.length });
      const expected = seen.flatMap((element) => [0, 1, 2, 3].map((byte) => 12 + 4 * element + byte));
      expect([...(await views.source().read(60, info.length))]).toEqual(expected);
      expect(views.source().size).toBe(60 + info.length);
    },
  );

  it.each([
    ['thirteen of twelve', tensor([13], [1])],
    ['from the second on, twelve', tensor([12], [1], 1)],
    ['a step too far', tensor([2], [12])],
    ['a byte of none', tensor([1], [1], 48, 'U8')],
    ['nothing, from beyond its end', tensor([0], [5], 13)],
    ['more than 2^53', tensor([2 ** 52, 2 ** 52], [1, 1])],
  ])('that reaches beyond its storage is refused: %s', (_, beyond) => {
    expect(() => new TensorViews(guardedSource(bytes)).place(beyond, place)).toThrow('reaches beyond its storage');
  });

  it.each([
    [tensor([2], [11]), 8],
    [tensor([1], [1], 47, 'U8'), 1],
    [tensor([4, 3], [0, 0]), 48],
  ])('may reach to its end, and repeat its numbers as long as it is not larger: %#', (fits, length) => {
    expect(new TensorViews(guardedSource(bytes)).place(fits, place).length).toBe(length);
  });

  it('that repeats its numbers beyond that is refused', () => {
    const views = new TensorViews(guardedSource(bytes));
    expect(() => views.place(tensor([13], [0]), place)).toThrow(PickleRefusal);
    expect(() => views.place(tensor([13], [0]), place)).toThrow('.contiguous()');
  });
});

describe('tensors that share a storage', () => {
  it('stay where they are side by side', () => {
    const views = new TensorViews(guardedSource(bytes));
    const offsets = [4, 0, 8].map((from) => views.place(tensor([4], [1], from), place).offset);
    expect(offsets).toEqual([28, 12, 44]);
    expect(views.source().size).toBe(60);
  });

  it.each([
    ['the same numbers', [4, 4]],
    ['the end of the first', [4, 7]],
    ['the beginning of the first', [4, 1]],
  ])('lie apart where the second has %s', async (_, [first = 0, second = 0]) => {
    const views = new TensorViews(guardedSource(bytes));
    const offsets = [8, 0].map((from) => views.place(tensor([1], [1], from), place).offset);
    expect(offsets).toEqual([44, 12]);
    expect(views.place(tensor([4], [1], first), place).offset).toBe(60 - 4 * 8);
    expect(views.place(tensor([4], [1], second), place).offset).toBe(60);
    expect([...(await views.source().read(60, 16))]).toEqual([...bytes.subarray(12 + 4 * second, 28 + 4 * second)]);
  });

  it('have empty ones among them', () => {
    const views = new TensorViews(guardedSource(bytes));
    const places = [[12, 0] as const, [0, 3] as const].map(([extent, from]) =>
      views.place(tensor([extent], [1], from), place),
    );
    expect(places.map(({ offset }) => offset)).toEqual([12, 24]);
  });
});

describe('the file with its views', () => {
  /** Two views, of 8 and 12 bytes. */
  function withViews(base: ByteSource): ByteSource {
    const views = new TensorViews(base);
    views.place(tensor([2], [2]), place);
    views.place(tensor([3], [4]), place);
    return views.source();
  }
  const ordered = [0, 2, 0, 4, 8].flatMap((element) => [0, 1, 2, 3].map((byte) => 12 + 4 * element + byte));
  const whole = [...bytes, ...ordered];

  it('is the file itself where it has none', () => {
    const base = guardedSource(bytes);
    expect(new TensorViews(base).source()).toBe(base);
  });

  it.each([
    [0, 80],
    [50, 30],
    [50, 13],
    [61, 5],
    [66, 4],
    [70, 10],
    [80, 0],
  ])('is read in any range: from %i, %i bytes', async (offset, length) => {
    const source = withViews(guardedSource(bytes));
    expect(source.size).toBe(80);
    expect([...(await source.read(offset, length))]).toEqual(whole.slice(offset, offset + length));
  });

  it('reads nothing besides what was asked for', async () => {
    const { source, reads } = noted(guardedSource(bytes));
    const viewed = withViews(source);
    await viewed.read(60, 8);
    await viewed.read(68, 12);
    await viewed.read(3, 9);
    expect(reads).toEqual([
      [12, 12],
      [12, 36],
      [3, 9],
    ]);
  });

  it('streams the file as the file streams, and else in pieces of eight megabytes', async () => {
    const asked: [number, number][] = [];
    const stream = async function* (offset: number, length: number) {
      asked.push([offset, length]);
      yield await Promise.resolve(bytes.slice(offset, offset + length));
    };
    const streamed = withViews({ ...guardedSource(bytes), stream });
    expect([...(await streamed.read(7, 60))]).toEqual(whole.slice(7, 67));
    await streamed.read(60, 20);
    expect(asked).toEqual([[7, 53]]);
    const mebi = 1024 * 1024;
    const piece = new Uint8Array(8 * mebi);
    const { source, reads } = noted({
      name: 'large',
      size: 16 * mebi,
      read: (_, length) => Promise.resolve(piece.subarray(0, length)),
    });
    for await (const part of withViews(source).stream?.(0, 16 * mebi) ?? []) expect(part.length).toBe(8 * mebi);
    expect(reads).toEqual([
      [0, 8 * mebi],
      [8 * mebi, 8 * mebi],
    ]);
  });

  it('has not the hash that the file has', () => {
    const hashed = { ...guardedSource(bytes), sha256: 'abc' };
    expect(withViews(hashed)).toMatchObject({ sha256: null });
    expect('sha256' in withViews(guardedSource(bytes))).toBe(false);
  });
});
