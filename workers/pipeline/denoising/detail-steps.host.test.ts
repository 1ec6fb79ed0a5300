import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CallCounter } from '../../testing/gpu/call-counter.ts';
import { countGpuCommands } from '../../testing/gpu/gpu-commands.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { ReferenceDetail } from '../../testing/reference/reference-detail.ts';
import type { DenoiserMode } from './denoiser-sessions.ts';

const steps = 3;

let detail: ReferenceDetail;
let counter: CallCounter;
beforeAll(async () => {
  detail = await ReferenceDetail.load(await nodeBackend('webgpu'), 'half');
  const { gpu } = detail.unet.backend;
  if (gpu === null) throw new RangeError('There is no GPU.');
  counter = new CallCounter(gpu.device);
});
afterAll(() => detail.sessions.release());

/** Of later steps, per step. */
async function countSteps(branches: DenoiserMode['branches'], references: number) {
  const step = await detail.open(detail.conditions(detail.references(references)), { branches });
  await step(0);
  counter.reset();
  const before = countGpuCommands().dispatches;
  for (let index = 0; index < steps; index++) await step(0);
  counter.stop();
  return { calls: counter.perStep(steps), dispatches: (countGpuCommands().dispatches - before) / steps };
}

describe('a later step that sees references', () => {
  // ONNX Runtime opens a scope for validation in each of its runs: one for each reference, then those of the branches.
  it.each([
    ['together', 1, { mapAsync: 1, 'scope for validation': 2 }],
    ['together', 2, { mapAsync: 1, 'scope for validation': 3 }],
    ['one-by-one', 1, { mapAsync: 1, 'scope for validation': 5 }],
  ] as const)('makes no buffer and asks for no scope of memory: branches %s, %i', async (branches, count, expected) => {
    expect((await countSteps(branches, count)).calls).toEqual(expected);
  });

  it('runs the network once more, and adds few dispatches to each late layer', async () => {
    const { dispatches: plain } = await countSteps('together', 0);
    const { dispatches } = await countSteps('together', 1);
    expect(dispatches - 2 * plain).toBeGreaterThan(0);
    expect(dispatches - 2 * plain).toBeLessThanOrEqual(2 * 16 * detail.layerCount);
  });
});
