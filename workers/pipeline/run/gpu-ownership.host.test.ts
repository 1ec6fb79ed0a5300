import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { countGpuCommands } from '../../testing/gpu/gpu-commands.ts';
import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { plainRequest } from '../../testing/runs/reference-engine.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { generatePictures } from './generate.ts';
import { RunControl } from './run-control.ts';

const size = { width: 64, height: 64 };
let model: LoadedModel;
let gpu: LimitedGpu;

beforeAll(async () => {
  model = await loadReferenceModel('sd15', 'webgpu');
  if (model.backend.gpu === null) throw new RangeError('There is no GPU.');
  gpu = new LimitedGpu(model.backend.gpu.device);
});
afterAll(() => releaseModel(model));

interface Run {
  readonly steps: number;
  readonly alpha?: number;
  readonly guidanceScale?: number;
}

/** @returns how many dispatches it took */
async function generate({ steps, alpha = 0, guidanceScale = 1 }: Run): Promise<number> {
  const before = countGpuCommands().dispatches;
  const request = { ...plainRequest, ...size, caption: 'a dog', steps, alpha, guidanceScale };
  await generatePictures(model, request, new RunControl({ alpha, guidanceScale }), () => undefined);
  return countGpuCommands().dispatches - before;
}

/** Dispatches of one step: what two more steps add, halved. */
const dispatchesOfStep = async (guidanceScale: number): Promise<number> =>
  ((await generate({ steps: 4, guidanceScale })) - (await generate({ steps: 2, guidanceScale }))) / 2;

describe('on the GPU', () => {
  it('a picture leaves nothing that the one before it did not leave, from the second on', async () => {
    // ONNX Runtime keeps the buffers of a run for the next one; the second run of a length finds all that it needs.
    const lengths = [3, 5, 3, 5];
    for (const steps of lengths) await generate({ steps });
    const { live } = gpu;
    for (const steps of lengths) await generate({ steps });
    expect(gpu.live).toBe(live);
  });

  it('guidance shares its dispatches with the step that it guides', async () => {
    const [alone, guided] = [await dispatchesOfStep(1), await dispatchesOfStep(7.5)];
    expect(alone).toBeGreaterThan(50);
    expect(guided).toBeLessThan(1.1 * alone);
  });

  it('a model that is let go leaves nothing at all', async () => {
    await generate({ steps: 1 });
    await releaseModel(model);
    expect(gpu.live).toBe(0);
  });
});
