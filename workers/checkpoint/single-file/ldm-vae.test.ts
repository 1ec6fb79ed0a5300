import { expect, it } from 'vitest';

import { singleFile } from '../../testing/files/changed-single-file.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import { readLdmVae } from './ldm-vae.ts';

const prefix = 'first_stage_model.';

function vaeWith(name: string, shape: readonly number[]): TensorTable {
  const info: TensorInfo = { dtype: 'F16', shape, offset: 0, length: 0 };
  const own = [...singleFile.table].filter(([key]) => key.startsWith(prefix));
  return new Map([...own.map(([key, value]) => [key.slice(prefix.length), value] as const), [name, info]]);
}

it('a decoder without levels lacks the first', () => {
  const cut = new Map([...vaeWith('x', [])].filter(([name]) => !name.startsWith('decoder.up.')));
  expect(() => readLdmVae(cut, 'f')).toThrow('"f" lacks the tensor "decoder.up.0.block.0.conv1.weight"');
});

it('a decoder of one level with one block is counted as that', () => {
  const least = /^decoder\.up\.(0\.block\.[1-9]|[1-9])/;
  const cut = new Map([...vaeWith('x', [])].filter(([name]) => !least.test(name)));
  const { config } = readLdmVae(cut, 'f');
  expect(config).toMatchObject({ block_out_channels: [expect.any(Number)], layers_per_block: 0 });
});

it.each([
  [
    [8, 4, 1, 1],
    [8, 4],
  ],
  [
    [8, 4],
    [8, 4],
  ],
  [
    [8, 4, 3, 3],
    [8, 4, 3, 3],
  ],
  [
    [8, 4, 1, 3],
    [8, 4, 1, 3],
  ],
  [[8], [8]],
  [[], []],
])('an attention weight of the shape %j is seen as %j: only a 1×1 convolution is a matrix', (shape, seen) => {
  const { table, config } = readLdmVae(vaeWith('decoder.mid.attn_1.q.weight', shape), 'f');
  expect(table.get('decoder.mid_block.attentions.0.to_q.weight')?.shape).toEqual(seen);
  expect(config).toMatchObject({ _class_name: 'AutoencoderKL', in_channels: 3, scaling_factor: 0.18215 });
});
