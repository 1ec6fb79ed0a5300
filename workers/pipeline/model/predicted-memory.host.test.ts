import { describe, expect, it } from 'vitest';

import type { MemoryLevels } from '../../api.ts';
import type { LookChoice } from '../loading/find-look.ts';
import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { h94Repository } from '../../testing/reference/look-files.ts';
import { controlOf, loadReferenceModel, readReferenceRuns, requestOf } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from '../run/generate.ts';
import { releaseModel } from './loaded-model.ts';

/** Predictions may be off by this part of what is really held. */
const tolerance = 0.25;

async function plusLook(): Promise<LookChoice> {
  return {
    adapter: { checkpoint: await h94Repository(), path: 'models/plus.safetensors' },
    encoder: { kind: 'adapter' },
  };
}

describe('the predicted memory', () => {
  const plans: readonly Partial<MemoryLevels>[] = [
    {},
    { keepBuffers: false },
    { branches: 'one-by-one', keepBuffers: false },
  ];
  it.each([
    ...plans.flatMap((plan) => [1, 2].map((reuseInterval) => ({ plan, reuseInterval, detail: false, look: false }))),
    ...plans.map((plan) => ({ plan, reuseInterval: 1, detail: true, look: false })),
    ...plans.map((plan) => ({ plan, reuseInterval: 1, detail: false, look: true })),
  ])('is what a run holds on the GPU: %o', async ({ plan, reuseInterval, detail, look }) => {
    const [run] = await readReferenceRuns('sd15');
    if (run === undefined) throw new RangeError('There is no run.');
    const model = await loadReferenceModel('sd15', 'webgpu', plan, undefined, look ? await plusLook() : undefined);
    if (model.backend.gpu === null) throw new RangeError('There is no GPU.');
    const gpu = new LimitedGpu(model.backend.gpu.device);
    const asked = requestOf(run);
    const pins = detail ? asked.pins.map((pin) => ({ ...pin, detail: { strength: 1 } })) : asked.pins;
    await generatePictures(
      model,
      { ...asked, pins, width: 128, height: 128, steps: reuseInterval, reuseInterval },
      controlOf(run),
      () => undefined,
    );
    expect(model.plan).toMatchObject(plan);
    expect(
      Math.abs(model.plan.predictedBytes - gpu.peak) / gpu.peak,
      `${model.plan.predictedBytes} of ${gpu.peak} bytes`,
    ).toBeLessThan(tolerance);
    await releaseModel(model);
    expect(gpu.live).toBe(0);
  });
});
