import { describe, expect, it } from 'vitest';

import { controlOf, loadReferenceModel, readReferenceRuns, requestOf } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from './generate.ts';

describe('a device that is lost while a picture forms', () => {
  it('ends the run with an error of its own, and every later run too', async () => {
    const [run] = await readReferenceRuns('sd15');
    if (run === undefined) throw new RangeError('There is no run.');
    const model = await loadReferenceModel('sd15', 'webgpu');
    const request = { ...requestOf(run), width: 64, height: 64, steps: 4 };
    const steps: number[] = [];
    const made = generatePictures(model, request, controlOf(run), (event) => {
      if (event.type === 'step') steps.push(event.step);
      if (event.type === 'step' && event.step === 1) model.backend.gpu?.device.destroy();
    });
    await expect(made).rejects.toMatchObject({
      code: 'device-lost',
      message: expect.stringContaining('press Generate again') as string,
    });
    expect(steps.length).toBeLessThan(4);
    await expect(generatePictures(model, request, controlOf(run), () => undefined)).rejects.toMatchObject({
      code: 'device-lost',
    });
  });
});
