import { describe, expect, it } from 'vitest';

import { LimitedGpu } from '../testing/gpu/limited-gpu.ts';
import { nodeBackend } from '../testing/gpu/node-backend.ts';
import { OwnedTensor, ownedTensors } from './owned-tensor.ts';
import type { Backend } from './sessions.ts';
import { zeroTensor } from './tensors.ts';

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

  it('is told of one of several that found none, and keeps none of the others', async () => {
    const { backend, memory } = await limited();
    memory.limit = 3000;
    await expect(
      ownedTensors(backend, [
        [1, 256],
        [1, 256],
        [1, 256],
      ]),
    ).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(memory.live).toBe(0);
  });
});

it('an owned tensor on the processor is written, read, and seen under other dims', async () => {
  const backend = await nodeBackend('wasm');
  const tensor = await OwnedTensor.create(backend, [2, 2]);
  tensor.write(Float32Array.of(3, 4), 2);
  const before = await tensor.read();
  const row = await OwnedTensor.create(backend, [1, 2]);
  row.write(Float32Array.of(1, 2));
  tensor.copyFrom(row, 0);
  expect([...before]).toEqual([0, 0, 3, 4]);
  expect([...(await tensor.read())]).toEqual([1, 2, 3, 4]);
  expect(tensor.view([4]).dims).toEqual([4]);
  tensor.clear();
  expect([...(await tensor.read())]).toEqual([0, 0, 0, 0]);
});
