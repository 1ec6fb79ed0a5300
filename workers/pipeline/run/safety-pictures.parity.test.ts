import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readPicture, readPictureRuns, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { makePicture, openReferenceEngine } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/safety';
const runs = await readPictureRuns(folder, { flagged: z.boolean() });

describe('the check of results, against StableDiffusionPipeline with its safety checker', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine('sd15');
  });

  it.each(runs)('says of the same picture what diffusers says: $name', async ({ flagged, ...run }) => {
    const checked = await makePicture(engine, { ...requestOfPicture(run), checkResult: true });
    expect(checked.flagged).toBe(flagged);
    expect(psnr(checked.pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    expect((await makePicture(engine, requestOfPicture(run))).flagged).toBeNull();
  });
});
