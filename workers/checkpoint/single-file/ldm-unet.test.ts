import { expect, it } from 'vitest';

import type { TensorTable } from '../tensors/tensor-table.ts';
import { readLdmUNet } from './ldm-unet.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function tableOf(shapes: Shapes): TensorTable {
  return new Map(Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F16', shape, offset: 0, length: 0 }]));
}

/** An attention with one transformer block more than is said; only its projections tell anything. */
function attention(place: string, more: number, projection: readonly number[]): Shapes {
  const blocks = Array.from({ length: more + 1 }, (_, i) => [`${place}.transformer_blocks.${i}.norm1.weight`, [32]]);
  return {
    [`${place}.norm.weight`]: [32],
    [`${place}.proj_in.weight`]: projection,
    [`${place}.transformer_blocks.0.attn2.to_k.weight`]: [32, 48],
    ...(Object.fromEntries(blocks) as Shapes),
  };
}

/** A UNet of one level with two ResBlocks, and so without a downsampler. */
const oneLevel: Shapes = {
  'input_blocks.0.0.weight': [32, 9, 3, 3],
  'input_blocks.1.0.out_layers.3.weight': [32, 32, 3, 3],
  'input_blocks.2.0.out_layers.3.weight': [32, 32, 3, 3],
  'out.2.weight': [4, 32, 3, 3],
};

it('a UNet of one level without an attention is told by its middle', () => {
  const shapes = { ...oneLevel, ...attention('middle_block.1', 1, [32, 32]) };
  expect(readLdmUNet(tableOf(shapes), 'f').config).toEqual({
    _class_name: 'UNet2DConditionModel',
    sample_size: 64,
    in_channels: 9,
    out_channels: 4,
    block_out_channels: [32],
    down_block_types: ['DownBlock2D'],
    up_block_types: ['UpBlock2D'],
    layers_per_block: 2,
    transformer_layers_per_block: 2,
    cross_attention_dim: 48,
    use_linear_projection: true,
    attention_head_dim: 8,
    norm_num_groups: 32,
  });
});

it('a UNet of two levels is told by the first that attends', () => {
  const shapes = {
    ...oneLevel,
    'input_blocks.3.0.op.weight': [32, 32, 3, 3],
    'input_blocks.4.0.out_layers.3.weight': [64, 64, 3, 3],
    'input_blocks.5.0.out_layers.3.weight': [64, 64, 3, 3],
    ...attention('input_blocks.4.1', 0, [64, 64, 1, 1]),
    ...attention('middle_block.1', 1, [64, 64]),
  };
  expect(readLdmUNet(tableOf(shapes), 'f').config).toMatchObject({
    block_out_channels: [32, 64],
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    layers_per_block: 2,
    transformer_layers_per_block: 1,
    use_linear_projection: false,
  });
});

it('a UNet that halves its picture before any ResBlock is refused', () => {
  const shapes = { ...oneLevel, 'input_blocks.1.0.op.weight': [32, 32, 3, 3] };
  expect(() => readLdmUNet(tableOf(shapes), 'f')).toThrow('has no residual blocks');
});
