import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { splitWords } from '../../contract/words.ts';
import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { makePicture, openReferenceEngine, pinOn, value } from '../../testing/runs/reference-engine.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/prompts';
const runs = await readPictureRuns(folder, {
  clipSkip: z.int(),
  longCaptions: z.boolean(),
  word: z.int().nullable(),
  sections: z.int(),
});

describe('texts as A1111 reads them', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine('sd15');
  });

  it.each(runs)(
    'give the picture of a plain PyTorch reference: $name',
    async ({ clipSkip, longCaptions, word, ...run }) => {
      const file = await referenceUpload('pictures/embeddings', 'sd15/learned_embeds.bin');
      const last = splitWords(run.caption).length - 1;
      const { pixels } = await makePicture(engine, {
        ...requestOfPicture(run),
        // Here brackets are weights.
        caption: run.caption,
        negativePrompt: run.negativePrompt,
        subjectPositions: 'pinned',
        clipSkip,
        longCaptions,
        pins: word === null ? [] : [pinOn(word < 0 ? last : word, [{ kind: 'embedding', file }])],
      });
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );

  it('are counted by section', async () => {
    for (const { caption, longCaptions, sections } of runs) {
      const { limit } = value(await engine.tokenize(caption, [], longCaptions));
      expect(limit).toBe(sections * 75 + 2);
    }
  });

  it('are refused where CLIP skip leaves no layer, and where a weight is no number any more', async () => {
    const request = { ...requestOfPicture(runs[0] ?? failed()), caption: 'a dog' };
    const skipped = await engine.generate({ ...request, clipSkip: 3 }, () => undefined);
    expect(skipped).toMatchObject({ ok: false, error: { code: 'setting-out-of-range' } });
    const heavy = { ...request, caption: `(dog:${'9'.repeat(300)})` };
    expect(await engine.generate(heavy, () => undefined)).toMatchObject({
      ok: false,
      error: { code: 'weight-too-large' },
    });
  });
});

function failed(): never {
  throw new RangeError('There are no runs.');
}
