import { expect, it } from 'vitest';

import type { GenerateRequest } from '../../api.ts';
import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { controlOf, loadReferenceModel, readReferenceRuns, requestOf } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from './generate.ts';

const least = { branches: 'one-by-one', keepBuffers: false, keepEncoders: false } as const;

it('more pinned pictures than memory allows are a sentence, and fewer of them a picture', async () => {
  const [run] = await readReferenceRuns('sd15');
  if (run === undefined) throw new RangeError('There is no run.');
  const model = await loadReferenceModel('sd15', 'webgpu', least);
  if (model.backend.gpu === null) throw new RangeError('There is no GPU.');
  const gpu = new LimitedGpu(model.backend.gpu.device);
  const [pin] = requestOf(run).pins;
  const [subject] = pin?.subjects ?? [];
  if (pin === undefined || subject === undefined) throw new RangeError('Nothing is pinned.');
  const make = (pictures: number): Promise<unknown> => {
    const subjects = new Array<typeof subject>(pictures).fill(subject);
    const request: GenerateRequest = {
      ...requestOf(run),
      pins: [{ ...pin, subjects, detail: { strength: 1 } }],
      steps: 1,
    };
    return generatePictures(model, request, controlOf(run), () => undefined);
  };
  await make(1);
  gpu.limit = gpu.peak;
  await expect(make(9)).rejects.toMatchObject({
    code: 'out-of-memory',
    message: expect.stringMatching(
      /^There was not enough memory\. .* of 9 pinned pictures is copied, .* off for some\.$/,
    ) as string,
  });
  await make(1);
});
