import { beforeAll, describe, expect, it } from 'vitest';

import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { TorchGenerator } from '../../pipeline/denoising/noise.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { GraphBuilder, type KernelSet } from '../onnx/graph-builder.ts';
import { Parameters } from '../onnx/parameters.ts';
import { conv2d } from './conv2d.ts';

const generator = new TorchGenerator(5);
const [images, outChannels] = [3, 24];
const numbers = generator.randn(outChannels * 40 * 9 + outChannels);
const pixels = generator.randn(images * 8 * 10 * 40);
const conv = { kernelSize: 3, padding: 1 } as const;

interface FeatureMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A convolution of as many maps as come. @returns what it gives, and the operators that it is made of */
async function convolve(backend: Backend, kernels: KernelSet, { height, width, channels }: FeatureMap) {
  const shape = [outChannels, channels, 3, 3];
  const length = 4 * outChannels * channels * 9;
  const table = new Map<string, TensorInfo>([
    ['weight', { dtype: 'F32', shape, offset: 0, length }],
    ['bias', { dtype: 'F32', shape: [outChannels], offset: length, length: 4 * outChannels }],
  ]);
  const graph = new GraphBuilder('convolution', kernels);
  const x = graph.input('x', 'float32', ['maps', height, width, channels]);
  graph.output('y', conv2d(graph, new Parameters(graph, { table, location: 'weights' }), x, outChannels, conv));
  const model = graph.build();
  const session = await openSession(backend, model, [{ path: 'weights', data: new Uint8Array(numbers.buffer) }]);
  const dims = [images, height, width, channels];
  const feed = floatTensor(backend, pixels.slice(0, images * height * width * channels), dims);
  const y = await takeFloats(output(await runSession(session, { x: feed }), 'y'));
  await session.release();
  return { y, isTiled: !new TextDecoder().decode(model).includes('Conv') };
}

// 'software-gpu' is the plain operator, which the wasm provider has too.
describe('a convolution on the wasm provider', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await nodeBackend('wasm');
  });

  it.each([
    [{ height: 8, width: 10, channels: 40 }, true],
    [{ height: 2, width: 2, channels: 16 }, true],
    [{ height: 7, width: 10, channels: 40 }, false],
    [{ height: 8, width: 9, channels: 40 }, false],
    [{ height: 8, width: 8, channels: 4 }, false],
  ])('is the plain one: %o, made of tiles: %s', async (map, isTiled) => {
    const expected = await convolve(backend, 'software-gpu', map);
    const actual = await convolve(backend, 'portable', map);
    const largest = actual.y.reduce((most, each, at) => Math.max(most, Math.abs(each - (expected.y[at] ?? NaN))), 0);
    expect(actual.isTiled).toBe(isTiled);
    expect(actual.y.length).toBe(expected.y.length);
    expect(largest).toBeLessThan(1e-4);
  });
});
