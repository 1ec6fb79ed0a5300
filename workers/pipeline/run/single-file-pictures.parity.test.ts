import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { makePicture, openReferenceEngine } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'formats/single-file/pictures';
const runs = await readPictureRuns(folder, { file: z.string() });

describe.each([...new Set(runs.map(({ file }) => file))])('%s with the original keys', (file) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine(await referenceUpload('formats/single-file', file));
  });

  it.each(runs.filter((run) => run.file === file))(
    "gives the picture of diffusers' from_single_file: $width × $height",
    async (run) => {
      const { pixels } = await makePicture(engine, requestOfPicture(run));
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );
});
