import { expect, it } from 'vitest';

import type { TensorTable } from '../tensors/tensor-table.ts';
import { clipVisionConfigOf } from './clip-vision-file.ts';

const name = {
  patch: 'vision_model.embeddings.patch_embedding.weight',
  positions: 'vision_model.embeddings.position_embedding.weight',
  layer: (index: number) => `vision_model.encoder.layers.${index}.mlp.fc1.weight`,
};

interface Tower {
  readonly width: number;
  readonly patch: number;
  readonly positions: number;
  readonly feedForward: number;
  readonly layers: number;
  readonly projection?: number;
}

function tower({ width, patch, positions, feedForward, layers, projection }: Tower): Map<string, readonly number[]> {
  return new Map<string, readonly number[]>([
    [name.patch, [width, 3, patch, patch]],
    [name.positions, [positions, width]],
    ...Array.from({ length: layers }, (_, index) => [name.layer(index), [feedForward, width]] as const),
    ...(projection === undefined ? [] : [['visual_projection.weight', [projection, width]] as const]),
  ]);
}

const configOf = (shapes: ReadonlyMap<string, readonly number[]>) => {
  const table: TensorTable = new Map(
    [...shapes].map(([key, shape]) => [key, { dtype: 'F16', shape, offset: 0, length: 0 }]),
  );
  return clipVisionConfigOf(table);
};

const vitL: Tower = { width: 1024, patch: 14, positions: 257, feedForward: 4096, layers: 24, projection: 768 };

/** The config.json of openai/clip-vit-large-patch14, and of OpenCLIP's towers as transformers has them. */
it.each<readonly [string, Tower, object]>([
  ['ViT-L/14', vitL, { num_attention_heads: 16, image_size: 224, patch_size: 14, hidden_act: 'quick_gelu' }],
  [
    'ViT-B/32',
    { width: 768, patch: 32, positions: 50, feedForward: 3072, layers: 12, projection: 512 },
    { num_attention_heads: 12, image_size: 224, patch_size: 32, hidden_act: 'quick_gelu' },
  ],
  [
    'ViT-H/14',
    { width: 1280, patch: 14, positions: 257, feedForward: 5120, layers: 32, projection: 1024 },
    { num_attention_heads: 16, image_size: 224, patch_size: 14, hidden_act: 'gelu' },
  ],
  [
    'ViT-g/14',
    { width: 1408, patch: 14, positions: 257, feedForward: 6144, layers: 40, projection: 1024 },
    { num_attention_heads: 16, image_size: 224, patch_size: 14, hidden_act: 'gelu' },
  ],
  [
    'ViT-bigG/14',
    { width: 1664, patch: 14, positions: 257, feedForward: 8192, layers: 48, projection: 1280 },
    { num_attention_heads: 16, image_size: 224, patch_size: 14, hidden_act: 'gelu' },
  ],
])('%s is told by its shapes', (_, shapes, expected) => {
  expect(configOf(tower(shapes))).toEqual({
    hidden_size: shapes.width,
    intermediate_size: shapes.feedForward,
    num_hidden_layers: shapes.layers,
    projection_dim: shapes.projection,
    ...expected,
  });
});

it('a tower without a projection says none', () => {
  const { projection: _, ...without } = vitL;
  const config = configOf(tower({ ...without, layers: 23 }));
  expect(config).not.toHaveProperty('projection_dim');
  expect(config).toHaveProperty('num_hidden_layers', 23);
});

it.each([name.patch, name.positions, name.layer(0)])('without %s there is no tower', (missing) => {
  const shapes = tower(vitL);
  shapes.delete(missing);
  expect(configOf(shapes)).toBeNull();
});

it('patches without a size make no tower', () => {
  expect(configOf(tower(vitL).set(name.patch, [vitL.width, 3]))).toBeNull();
});

it.each([
  ['patches that make no square', { ...vitL, positions: 256 }],
  ['heads that are not known', { ...vitL, width: 1000 }],
])('%s are no tower', (_, shapes) => {
  expect(configOf(tower(shapes))).toBeNull();
});
