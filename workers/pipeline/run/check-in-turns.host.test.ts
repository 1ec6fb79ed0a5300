import { describe, expect, it } from 'vitest';

import { controlOf, loadReferenceModel, readReferenceRuns, requestOf } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from './generate.ts';
import { releaseModel } from '../model/loaded-model.ts';

describe('where encoders and network take turns on the GPU', () => {
  it('the result is checked after the network was released, and the next picture is made', async () => {
    const [run] = await readReferenceRuns('sd15');
    if (run === undefined) throw new RangeError('There is no run.');
    const model = await loadReferenceModel('sd15', 'webgpu', { branches: 'one-by-one', keepEncoders: false });
    const flags: unknown[] = [];
    await generatePictures(
      model,
      { ...requestOf({ ...run, steps: 1 }), count: 2, checkResult: true },
      controlOf(run),
      (event) => {
        if (event.type === 'picture') flags.push(event.picture.flagged);
      },
    );
    expect(flags).toEqual([expect.any(Boolean), expect.any(Boolean)]);
    await releaseModel(model);
  });
});
