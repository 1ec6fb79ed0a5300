import type { Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';

import { TorchGenerator } from '../../pipeline/denoising/noise.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { hasWebGpu, nodeBackend } from '../../testing/gpu/node-backend.ts';
import { GraphBuilder, type KernelSet } from '../onnx/graph-builder.ts';
import { multiHeadAttention } from './multi-head-attention.ts';

const [batch, length, heads, size, tokens] = [2, 70, 4, 8, 77];
const generator = new TorchGenerator(3);
const shapes = {
  query: [batch, length, heads * size],
  key: [batch, heads, tokens, size],
  value: [batch, heads, tokens, size],
} as const;
const numbers = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, generator.randn(shape.reduce((all, each) => all * each, 1))]),
);

/** Attention to keys and values that stay the same over many runs. */
async function attend(backend: Backend, kernels: KernelSet): Promise<Float32Array> {
  const graph = new GraphBuilder('attention', kernels);
  const input = (name: keyof typeof shapes) => graph.input(name, 'float32', shapes[name]);
  const inputs = { query: input('query'), key: input('key'), value: input('value') };
  graph.output('y', multiHeadAttention(graph, inputs, heads));
  const session = await openSession(backend, graph.build(), [], { strict: true });
  const feeds: Record<string, Tensor> = {};
  for (const name of session.inference.inputNames)
    feeds[name] = floatTensor(backend, numbers[name] ?? new Float32Array(), shapes[name as keyof typeof shapes]);
  const y = await takeFloats(output(await runSession(session, feeds), 'y'));
  await session.release();
  return y;
}

// The kernels of real adapters, which a software adapter takes a minute to compile: without subgroups it computes them
// rightly. That ONNX Runtime reads keys and values where they lie is no promise of its own, so a bump must pass here.
describe.runIf(hasWebGpu)('flash attention to keys and values of earlier tokens', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await nodeBackend('webgpu');
  });

  it('is attention by general operators', async () => {
    const expected = await attend(backend, 'software-gpu');
    const actual = await attend(backend, 'gpu');
    const largest = actual.reduce((most, each, index) => Math.max(most, Math.abs(each - (expected[index] ?? NaN))), 0);
    expect(largest).toBeLessThan(1e-5);
  });
});
