import { expect, it } from 'vitest';

import type { TensorTable } from '../tensors/tensor-table.ts';
import { readLdmTextEncoder } from './ldm-text-encoder.ts';

function tableOf(width: number, layers: number): TensorTable {
  const shapes: readonly (readonly [string, readonly number[]])[] = [
    ['embeddings.token_embedding.weight', [49408, width]],
    ['embeddings.position_embedding.weight', [77, width]],
    ['embeddings.position_ids', [1, 77]],
    ['text_projection.weight', [width, width]],
    ...Array.from({ length: layers }, (_, layer) => [`encoder.layers.${layer}.layer_norm1.weight`, [width]] as const),
    ['encoder.layers.0.mlp.fc1.weight', [4 * width, width]],
  ];
  return new Map(shapes.map(([name, shape]) => [name, { dtype: 'F16', shape, offset: 0, length: 0 }]));
}

it('has the config of openai/clip-vit-large-patch14 where it has its shapes', () => {
  const { config, table } = readLdmTextEncoder(tableOf(768, 12), 'model.safetensors');
  expect(config).toEqual({
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: 49408,
    max_position_embeddings: 77,
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
    bos_token_id: 49406,
    eos_token_id: 49407,
  });
  expect(table.size).toBe(15);
  expect([...table.keys()][0]).toBe('text_model.embeddings.token_embedding.weight');
});

it.each([
  [32, 1],
  [64, 1],
  [100, 1],
  [128, 2],
])('of %i numbers has %i heads', (width, heads) => {
  expect(readLdmTextEncoder(tableOf(width, 1), 'x').config).toMatchObject({ num_attention_heads: heads });
});
