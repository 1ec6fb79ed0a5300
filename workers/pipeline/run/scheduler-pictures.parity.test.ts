import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { schedulerNames } from '../../contract/schedulers.ts';
import { readPicture, readPictureRuns, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { referenceCases } from '../../testing/reference/reference-case.ts';
import { makePicture, openReferenceEngine } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/schedulers';
const runs = await readPictureRuns(folder, {
  checkpoint: z.enum(referenceCases),
  scheduler: z.enum(schedulerNames),
  /** What the checkpoint's scheduler_config.json says besides. */
  file: z.record(z.string(), z.unknown()).nullable().default(null),
});

describe.each(['sd15', 'v-prediction'] as const)('samplers on the checkpoint %s', (checkpoint) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine(checkpoint);
  });

  it.each(runs.filter((run) => run.checkpoint === checkpoint && run.file === null))(
    "give the picture of diffusers' class: $scheduler",
    async ({ scheduler, ...run }) => {
      const { pixels } = await makePicture(engine, { ...requestOfPicture(run), scheduler });
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );
});

it.each(runs.filter(({ file }) => file !== null))(
  'the file of the checkpoint is followed on the host where no linear update can: $name',
  async ({ scheduler, file, ...run }) => {
    const engine = await openReferenceEngine('sd15', [], file ?? {});
    const { pixels } = await makePicture(engine, { ...requestOfPicture(run), scheduler });
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  },
);
