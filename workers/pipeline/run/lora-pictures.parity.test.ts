import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { referenceCases } from '../../testing/reference/reference-case.ts';
import { loadReference, makePicture, openReferenceEngine } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';

const folder = 'pictures/loras';
const runs = await readPictureRuns(folder, {
  checkpoint: z.enum(referenceCases),
  loras: z.array(z.object({ file: z.string(), weight: z.number() })),
});

// Linear layers and convolutions of the UNet, the text encoder, alpha in the file or its metadata, two files with weights.
describe('pictures with LoRA files are those of load_lora_weights and fuse_lora', () => {
  it.each(runs)('$name', async ({ checkpoint, loras, ...run }) => {
    const chosen = await Promise.all(
      loras.map(async ({ file, weight }) => ({ file: await referenceUpload(folder, file), weight })),
    );
    const engine = await openReferenceEngine(checkpoint, chosen);
    const { pixels } = await makePicture(engine, requestOfPicture(run));
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  });

  it('also where another strength, and no file, were loaded before', async () => {
    const [run] = runs;
    if (run === undefined) throw new Error('no run');
    const chosen = (factor: number) =>
      Promise.all(
        run.loras.map(async ({ file, weight }) => ({
          file: await referenceUpload(folder, file),
          weight: factor * weight,
        })),
      );
    const engine = await openReferenceEngine(run.checkpoint, await chosen(0.5));
    await loadReference(engine, run.checkpoint, []);
    await loadReference(engine, run.checkpoint, await chosen(-1));
    await loadReference(engine, run.checkpoint, await chosen(1));
    const { pixels } = await makePicture(engine, requestOfPicture(run));
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  });
});
