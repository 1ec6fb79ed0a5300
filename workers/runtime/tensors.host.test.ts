import { describe, expect, it } from 'vitest';

import { LimitedGpu } from '../testing/limited-gpu.ts';
import { nodeBackend } from '../testing/node-backend.ts';
import type { Backend } from './sessions.ts';
import { readFloats, stackTensors, zeroTensor } from './tensors.ts';

const megabyte = 1 << 20;

async function limited(): Promise<{ backend: Backend; memory: LimitedGpu }> {
  const backend = await nodeBackend('webgpu');
  if (backend.gpu === null) throw new RangeError('There is no GPU.');
  return { backend, memory: new LimitedGpu(backend.gpu.device) };
}

describe('a GPU without room for a tensor', () => {
  it('is told of zeros that found none: they are not fed as if they were there', async () => {
    const { backend, memory } = await limited();
    memory.limit = megabyte - 1;
    await expect(zeroTensor(backend, 'float32', [1, megabyte / 4])).rejects.toMatchObject({ code: 'out-of-memory' });
    memory.limit = megabyte;
    const zeros = await zeroTensor(backend, 'float32', [1, megabyte / 4]);
    expect(memory.live).toBe(megabyte);
    zeros.dispose();
  });

  it('is told of a stack that found none, and keeps none of its parts', async () => {
    const { backend, memory } = await limited();
    const parts = [await zeroTensor(backend, 'float32', [1, 4, 64]), await zeroTensor(backend, 'float32', [1, 4, 64])];
    memory.limit = memory.live;
    await expect(stackTensors(backend, parts)).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(memory.live).toBe(0);
  });
});

it('tensors of one row each are stacked in their order, and freed', async () => {
  const backend = await nodeBackend('wasm');
  const rows = [1, 2].map((value) => new backend.ort.Tensor('float32', Float32Array.of(value, -value), [1, 2]));
  const stacked = await stackTensors(backend, rows);
  expect([stacked.dims, [...(await readFloats(stacked))]]).toEqual([
    [2, 2],
    [1, -1, 2, -2],
  ]);
  expect(() => rows[0]?.data).toThrow();
});
