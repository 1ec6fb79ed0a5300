import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { makePicture, openReferenceEngine } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/lcm-lora';
const file = 'sd15-lcm.safetensors';
const runs = await readPictureRuns(folder, {
  checkpoint: z.literal('sd15'),
  scheduler: z.literal('lcm'),
  loras: z.tuple([z.object({ file: z.literal(file), weight: z.literal(1) })]),
});

// A LoRA on every layer of the UNet, as LCM-LoRA is, four steps, without guidance and with little.
describe('pictures with a LoRA of LCM-LoRA’s kind are those of fuse_lora and LCMScheduler', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine('sd15', [{ file: await referenceUpload(folder, file), weight: 1 }]);
  });

  it.each(runs)('$name', async ({ scheduler, ...run }) => {
    const { pixels } = await makePicture(engine, { ...requestOfPicture(run), scheduler });
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  });
});
