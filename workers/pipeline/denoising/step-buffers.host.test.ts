import { describe, expect, it } from 'vitest';

import { CallCounter } from '../../testing/gpu/call-counter.ts';
import { controlOf, loadReferenceModel, readReferenceRuns, requestOf } from '../../testing/runs/reference-runs.ts';
import { releaseModel } from '../model/loaded-model.ts';
import { generatePictures } from '../run/generate.ts';

/** Calls of each kind between the reports of two later steps, per step. */
async function callsPerStep(
  plan: 'together' | 'one-by-one',
  reuseInterval: number,
): Promise<Readonly<Record<string, number>>> {
  const [run] = await readReferenceRuns('sd15');
  if (run === undefined) throw new RangeError('There is no run.');
  const model = await loadReferenceModel('sd15', 'webgpu', { branches: plan, keepBuffers: true });
  if (model.backend.gpu === null) throw new RangeError('There is no GPU.');
  const counter = new CallCounter(model.backend.gpu.device);
  const request = { ...requestOf(run), width: 64, height: 64, steps: 12, eta: 1, reuseInterval };
  await generatePictures(model, request, controlOf(run), (event) => {
    if (event.type === 'step' && event.step === 3) counter.reset();
    if (event.type === 'step' && event.step === 11) counter.stop();
  });
  await releaseModel(model);
  return counter.perStep(8);
}

describe('a later step', () => {
  // ONNX Runtime opens a scope for validation in each of its runs.
  it.each([
    ['together', 1, { mapAsync: 1, 'scope for validation': 1 }],
    ['one-by-one', 1, { mapAsync: 1, 'scope for validation': 4 }],
    ['together', 3, { mapAsync: 1, 'scope for validation': 1 }],
    ['one-by-one', 3, { mapAsync: 1, 'scope for validation': 4 }],
  ] as const)(
    'makes no buffer and asks for no scope of memory, branches %s, one full in %i',
    async (plan, interval, expected) => {
      expect(await callsPerStep(plan, interval)).toEqual(expected);
    },
  );
});
