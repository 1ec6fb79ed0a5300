import { expect, it } from 'vitest';

import { joinWeights } from './join-weights.ts';
import type { LocalWeights } from './materialize.ts';

/** Tensors of two bytes each, at these places of a file of bytes that count up from `first`. */
function weightsOf(first: number, places: Readonly<Record<string, number>>): LocalWeights {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => first + index);
  const table = Object.entries(places).map(
    ([name, offset]) => [name, { dtype: 'F16', shape: [1], offset, length: 2 }] as const,
  );
  return { blob: new Blob([bytes]), table: new Map(table), inPlace: false };
}

it('tensors of several files are one: neighbours stay neighbours, others begin at multiples of 64', async () => {
  const one = weightsOf(0, { b: 6, a: 4, far: 12, next: 14, unused: 0 });
  const other = weightsOf(100, { c: 2 });
  const { blob, table, inPlace } = joinWeights([
    { weights: one, names: ['next', 'far', 'b', 'a', 'nowhere'] },
    { weights: other, names: ['c'] },
  ]);
  expect([...table].map(([name, { offset }]) => [name, offset])).toEqual([
    ['a', 0],
    ['b', 2],
    ['far', 64],
    ['next', 66],
    ['c', 128],
  ]);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const read = [...table.values()].map(({ offset, length }) => [...bytes.subarray(offset, offset + length)]);
  expect(read).toEqual([
    [4, 5],
    [6, 7],
    [12, 13],
    [14, 15],
    [102, 103],
  ]);
  expect([blob.size, inPlace]).toEqual([130, false]);
});
