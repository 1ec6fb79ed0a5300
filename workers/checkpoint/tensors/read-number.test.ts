import { expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { readNumber } from './read-number.ts';
import type { TensorDtype } from './tensor-table.ts';

/** Of a tensor whose bytes lie behind three others. */
async function numberOf(
  dtype: TensorDtype,
  shape: readonly number[],
  bytes: readonly number[],
): Promise<number | null> {
  const source = guardedSource(Uint8Array.of(9, 9, 9, ...bytes));
  return readNumber(source, { dtype, shape, offset: 3, length: bytes.length });
}

it.each<readonly [TensorDtype, number, readonly number[]]>([
  ['I64', -2, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['U64', 2 ** 40, [0, 0, 0, 0, 0, 1, 0, 0]],
  ['I32', -256, [0, 0xff, 0xff, 0xff]],
  ['U32', 0xffff_ff00, [0, 0xff, 0xff, 0xff]],
  ['I16', -256, [0, 0xff]],
  ['U16', 0xff00, [0, 0xff]],
  ['I8', -1, [0xff]],
  ['U8', 255, [0xff]],
  ['BOOL', 1, [1]],
  ['F64', 0.5, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f]],
  ['F32', 0.5, [0, 0, 0, 0x3f]],
  ['F16', 0.5, [0, 0x38]],
  ['BF16', 0.5, [0, 0x3f]],
  ['F8_E4M3', 0.5, [0x30]],
])('a tensor of one %s is the number %d', async (dtype, value, bytes) => {
  for (const shape of [[], [1], [1, 1, 1]]) expect(await numberOf(dtype, shape, bytes)).toBe(value);
});

it.each<readonly [string, TensorDtype, readonly number[], readonly number[]]>([
  ['two elements', 'U8', [1, 2], [1, 2]],
  ['none', 'U8', [0], []],
  ['one that is infinite', 'F16', [1], [0, 0x7c]],
  ['one that is no number', 'F32', [1], [0, 0, 0xc0, 0x7f]],
  ['a complex one', 'C64', [1], [0, 0, 0, 0x3f, 0, 0, 0, 0]],
])('a tensor of %s is no number', async (_, dtype, shape, bytes) => {
  expect(await numberOf(dtype, shape, bytes)).toBeNull();
});
