import { expect, it } from 'vitest';

import { memorySource } from '../../testing/reference/formats-reference.ts';
import { fromFloat32 } from '../tensors/dtype.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';
import { holdsTextProjection, projectText, readTextProjection } from './text-projection.ts';

const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);
const widths = { to: 2, from: 3 };
const tableOf = (shape: readonly number[], key = 'text_projection.weight'): TensorTable =>
  new Map([[key, { dtype: 'F32', shape, offset: 4, length: 24 }]]);
const source = memorySource('clip.safetensors', Buffer.concat([new Uint8Array(4), fromFloat32(matrix, 'F32')]));

it('brings a state to where pictures are, row by row', () => {
  expect([...projectText(matrix, Float32Array.of(1, 10, 100))]).toEqual([321, 654]);
});

it('is read where it has the widths that are wanted', async () => {
  expect(await readTextProjection(source, tableOf([2, 3]), widths)).toEqual(matrix);
});

it.each([
  ['turned', tableOf([3, 2])],
  ['of other rows', tableOf([1, 3])],
  ['of other columns', tableOf([2, 4])],
  ['of three axes', tableOf([2, 3, 1])],
  ['of another name', tableOf([2, 3], 'visual_projection.weight')],
])('is none %s', async (_, table) => {
  expect(holdsTextProjection(table, widths)).toBe(false);
  await expect(readTextProjection(source, table, widths)).rejects.toMatchObject({
    code: 'missing-tensor',
    message: expect.stringContaining('no text_projection.weight of 2 × 3 numbers') as string,
  });
});
