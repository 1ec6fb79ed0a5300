import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readPicture, readPictureRuns, requestOfPicture } from '../../testing/picture-runs.ts';
import { referenceCases } from '../../testing/reference-case.ts';
import { makePicture, openReferenceEngine } from '../../testing/reference-engine.ts';
import { psnr } from '../../testing/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/schedulers';
const runs = await readPictureRuns(folder, {
  checkpoint: z.enum(referenceCases),
  scheduler: z.enum(['dpmsolver++2m-karras', 'euler', 'euler-ancestral', 'lcm']),
});

describe.each(['sd15', 'v-prediction'] as const)('samplers on the checkpoint %s', (checkpoint) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine(checkpoint);
  });

  it.each(runs.filter((run) => run.checkpoint === checkpoint))(
    "give the picture of diffusers' class: $scheduler",
    async ({ scheduler, ...run }) => {
      const { pixels } = await makePicture(engine, { ...requestOfPicture(run), scheduler });
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );
});
