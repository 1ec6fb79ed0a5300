import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { memorySource } from '../../testing/reference/formats-reference.ts';
import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { referenceCases } from '../../testing/reference/reference-case.ts';
import {
  makePicture,
  numberedPicture,
  openReferenceEngine,
  pinOn,
  value,
} from '../../testing/runs/reference-engine.ts';
import { readWeightFile } from '../../testing/reference/reference-file.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/embeddings';
const checkpoint = z.enum(referenceCases);
const runs = await readPictureRuns(folder, {
  checkpoint,
  kind: z.enum(['pinned', 'triggers']),
  pinned: z.string().optional(),
  word: z.int().optional(),
  trigger: z.string().optional(),
  vectors: z.int().optional(),
  embeddings: z.array(z.string()).optional(),
});
const exported = 'exported.safetensors';

describe.each(['sd15', 'v-prediction'] as const)('embeddings on the checkpoint %s', (name) => {
  const own = runs.filter((run) => run.checkpoint === name);
  let engine: Engine;

  beforeAll(async () => {
    engine = await openReferenceEngine(name);
  });

  it.each(own.filter(({ kind }) => kind === 'pinned'))(
    'pinned on a word give the picture of load_textual_inversion: $pinned, $vectors vectors',
    async ({ pinned = '', word = 0, vectors, trigger, ...run }) => {
      const file = await referenceUpload(folder, pinned);
      expect(value(await engine.inspectEmbedding(file, true)).vectors).toBe(vectors);
      const { pixels } = await makePicture(engine, {
        ...requestOfPicture(run),
        pins: [pinOn(word, [{ kind: 'embedding', file }])],
      });
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
      // The same word typed gives the same picture: the branch of the text takes the vectors too.
      const caption = run.caption.replace('dog', trigger ?? '');
      const typed = await makePicture(engine, {
        ...requestOfPicture(run),
        caption,
        embeddings: [{ trigger: trigger ?? '', file }],
      });
      expect(psnr(typed.pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );

  it.each(own.filter(({ kind }) => kind === 'triggers'))(
    'named in caption and negative prompt give the picture of diffusers',
    async ({ embeddings = [], ...run }) => {
      const files = await Promise.all(embeddings.map((path) => referenceUpload(folder, path)));
      const installed = await Promise.all(
        files.map(async (file) => ({ trigger: value(await engine.inspectEmbedding(file, false)).name, file })),
      );
      const { pixels } = await makePicture(engine, { ...requestOfPicture(run), embeddings: installed });
      expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
    },
  );

  it('made of a pinned picture are the file that diffusers, A1111 and ComfyUI read, and give its picture again', async () => {
    const run = own.find(({ pinned }) => pinned?.endsWith(exported));
    if (run === undefined) throw new RangeError('There is no such run.');
    const subjects = [{ kind: 'picture', image: numberedPicture(0), hash: '0', region: null }] as const;
    const blob = value(await engine.exportEmbedding(subjects, run.trigger ?? ''));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const { table } = await readWeightFile(`${folder}/${name}/${exported}`);
    expect(await describeTensors(memorySource(exported, bytes))).toEqual(
      [...table].map(([tensor, { dtype, shape }]) => [tensor, dtype, shape]),
    );
    const expected = await readPicture(folder, run.name);
    const pinned = await makePicture(engine, { ...requestOfPicture(run), pins: [pinOn(run.word ?? 0, subjects)] });
    expect(psnr(pinned.pixels, expected)).toBeGreaterThan(45);
    const file = new File([blob], exported);
    const again = await makePicture(engine, {
      ...requestOfPicture(run),
      caption: run.caption.replace('dog', 'Pinword-DOG'),
      embeddings: [{ trigger: run.trigger ?? '', file }],
    });
    expect(psnr(again.pixels, expected)).toBeGreaterThan(45);
  });
});

async function describeTensors(source: ByteSource) {
  return [...(await readSafetensorsTable(source))].map(([tensor, { dtype, shape }]) => [tensor, dtype, shape]);
}
