import { describe, expect, it } from 'vitest';

import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import { ipAdapterConfig } from './ip-adapter-config.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function tableOf(shapes: Shapes): TensorTable {
  return new Map(
    Object.entries(shapes).map(([name, shape]): [string, TensorInfo] => [
      name,
      { dtype: 'F16', shape, offset: 0, length: 0 },
    ]),
  );
}

const layers: Shapes = { 'ip_adapter.3.to_k_ip.weight': [30, 2], 'ip_adapter.1.to_k_ip.weight': [10, 2] };
const projectionOf = (shapes: Shapes) => ipAdapterConfig(tableOf({ ...shapes, ...layers }))?.projection ?? null;

const plus: Shapes = {
  'image_proj.latents': [1, 4, 200],
  'image_proj.proj_in.weight': [200, 12],
  'image_proj.proj_out.weight': [7, 200],
  'image_proj.layers.0.0.to_q.weight': [128, 200],
  'image_proj.layers.0.1.1.weight': [800, 200],
  'image_proj.layers.1.0.to_q.weight': [128, 200],
  'image_proj.layers.2.0.to_q.weight': [128, 200],
};

describe('the image projection of an adapter', () => {
  it.each<readonly [string, Shapes, object]>([
    [
      'plain',
      { 'image_proj.proj.weight': [8, 3], 'image_proj.norm.weight': [2] },
      { kind: 'plain', tokens: 4, embedDim: 3, tokenDim: 2 },
    ],
    [
      'plain, of a single number',
      { 'image_proj.proj.weight': [1, 3], 'image_proj.norm.weight': [1] },
      { kind: 'plain', tokens: 1, embedDim: 3, tokenDim: 1 },
    ],
    [
      'full-face',
      { 'image_proj.proj.0.weight': [5, 3], 'image_proj.proj.3.weight': [1, 5] },
      { kind: 'full-face', embedDim: 3, hiddenDim: 5, tokenDim: 1 },
    ],
    [
      'plus',
      plus,
      { kind: 'plus', tokens: 4, width: 200, depth: 3, heads: 2, feedForwardDim: 800, embedDim: 12, tokenDim: 7 },
    ],
    [
      'plus, with one latent of one number and one head',
      { 'image_proj.latents': [1, 1, 1], 'image_proj.layers.0.0.to_q.weight': [64, 1] },
      { kind: 'plus', tokens: 1, width: 1, depth: 1, heads: 1, feedForwardDim: 0, embedDim: 0, tokenDim: 0 },
    ],
  ])('is told by its tensors: %s', (_, shapes, projection) => {
    expect(projectionOf(shapes)).toEqual(projection);
  });

  it.each<readonly [string, Shapes]>([
    ['rows that make no whole tokens', { 'image_proj.proj.weight': [7, 3], 'image_proj.norm.weight': [2] }],
    ['no rows', { 'image_proj.proj.weight': [0, 3], 'image_proj.norm.weight': [2] }],
    ['a norm of nothing', { 'image_proj.proj.weight': [8, 3], 'image_proj.norm.weight': [0] }],
    ['a perceptron to nothing', { 'image_proj.proj.0.weight': [5, 3], 'image_proj.proj.3.weight': [0, 5] }],
    ['no latents', { ...plus, 'image_proj.latents': [1, 0, 200] }],
    ['latents of nothing', { ...plus, 'image_proj.latents': [1, 4, 0] }],
    ['no heads', { ...plus, 'image_proj.layers.0.0.to_q.weight': [0, 200] }],
    ['half a head', { ...plus, 'image_proj.layers.0.0.to_q.weight': [96, 200] }],
    ['nothing', {}],
  ])('is none of %s', (_, shapes) => {
    expect(projectionOf(shapes)).toBeNull();
  });
});

it('the layers of an adapter stand in the order of their numbers; without one it is none', () => {
  expect(ipAdapterConfig(tableOf({ ...plus, ...layers }))?.layers).toEqual([
    { index: 1, channels: 10 },
    { index: 3, channels: 30 },
  ]);
  expect(ipAdapterConfig(tableOf(plus))).toBeNull();
});
