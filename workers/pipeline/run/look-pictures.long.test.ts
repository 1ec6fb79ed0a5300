import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { defaultLook, type GenerateRequest, type Pin, type Pixels } from '../../api.ts';
import { referenceData } from '../../testing/reference/folder-files.ts';
import { h94Repository } from '../../testing/reference/look-files.ts';
import { hasWebGpu } from '../../testing/gpu/node-backend.ts';
import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import {
  makePicture,
  numberedPicture,
  openReferenceEngine,
  readSubjectPictures,
  referenceLook,
} from '../../testing/runs/reference-engine.ts';
import { loadFolderModel, planesOf, psnr } from '../../testing/runs/reference-runs.ts';
import { releaseModel } from '../model/loaded-model.ts';
import type { Engine } from './engine.ts';
import { generatePictures } from './generate.ts';
import { RunControl } from './run-control.ts';

const folder = 'pictures/look';
const runs = await readPictureRuns(folder, {
  checkpoint: z.literal('sd15'),
  adapter: z.enum(['plain', 'plus', 'full-face']),
  photos: z.array(z.int()).min(1),
  strength: z.number(),
});

const openLooking = async (adapter: string): Promise<Engine> =>
  openReferenceEngine('sd15', [], {}, referenceLook(await referenceUpload('look', `${adapter}.safetensors`)));

/** @param photos by their numbers */
function pin(word: number, photos: readonly number[], strength: number): Pin {
  return {
    word,
    subjects: photos.map((number) => ({
      kind: 'picture',
      image: numberedPicture(number),
      hash: `${number}`,
      region: null,
    })),
    look: { ...defaultLook, strength },
    area: null,
  };
}

const alone = { alpha: 1, pinVoices: 'look', boundToWord: false } as const satisfies Partial<GenerateRequest>;

/** One of the runs on the GPU, from its photos on. */
async function onGpu(run: (typeof runs)[number], precision: 'f16' | 'f32'): Promise<Pixels> {
  const model = await loadFolderModel(join(referenceData, run.checkpoint), 'webgpu', {
    plan: { precision },
    pictures: await readSubjectPictures(run.checkpoint),
    look: {
      adapter: { checkpoint: await h94Repository(), path: `models/${run.adapter}.safetensors` },
      encoder: { kind: 'adapter' },
    },
  });
  const request = { ...requestOfPicture(run), ...alone, pins: [pin(1, run.photos, run.strength)] };
  const made: Pixels[] = [];
  const strengths = { look: [run.strength], detail: [0] };
  await generatePictures(model, request, new RunControl(request, strengths), (event) => {
    if (event.type === 'picture') made.push(event.picture.pixels);
  });
  await releaseModel(model);
  const [picture] = made;
  if (picture === undefined) throw new RangeError('The run ended without a picture.');
  return picture;
}

describe.runIf(hasWebGpu)('pictures with an IP-Adapter on the GPU', () => {
  it.each(
    runs.flatMap((run) => [
      { name: run.name, precision: 'f32' as const, least: 45, run },
      { name: run.name, precision: 'f16' as const, least: 35, run },
    ]),
  )('at α = 1 are those of StableDiffusionPipeline: $name in $precision', async ({ run, precision, least }) => {
    expect(psnr(await onGpu(run, precision), await readPicture(folder, run.name))).toBeGreaterThan(least);
  });
});

describe('pictures with an IP-Adapter', () => {
  it.each(runs)('at α = 1 are those of StableDiffusionPipeline: $name', async (run) => {
    const engine = await openLooking(run.adapter);
    const request = { ...requestOfPicture(run), ...alone, pins: [pin(1, run.photos, run.strength)] };
    const { pixels } = await makePicture(engine, request);
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  });

  it('at α = 0, at strength 0 and switched off are those of the text alone', async () => {
    const engine = await openLooking('plain');
    const [run] = runs;
    if (run === undefined) throw new RangeError('There is no run.');
    const request = { ...requestOfPicture(run), ...alone };
    const { pixels: plain } = await makePicture(engine, request);
    const looking = pin(1, [1], 1);
    for (const change of [
      { alpha: 0, pins: [looking] },
      { alpha: 0, pinVoices: 'both', boundToWord: true, pins: [looking] },
      { pins: [pin(1, [1], 0)] },
      { pins: [{ ...looking, look: { ...looking.look, on: false } }] },
    ] as const) {
      expect((await makePicture(engine, { ...request, ...change })).pixels.data).toEqual(plain.data);
    }
  });

  it('differ by who speaks, by what binds the look, by its role and its place', async () => {
    const engine = await openLooking('plus');
    const [run] = runs;
    if (run === undefined) throw new RangeError('There is no run.');
    const looking = pin(1, [1], 1);
    const request: GenerateRequest = { ...requestOfPicture(run), ...alone, alpha: 0.5, pins: [looking] };
    const changes: readonly Partial<GenerateRequest>[] = [
      {},
      { pinVoices: 'both' },
      { pinVoices: 'word' },
      { boundToWord: true },
      { pins: [{ ...looking, look: { ...looking.look, role: 'style' } }] },
      { pins: [{ ...looking, area: { x: 0, y: 0, width: 0.5, height: 0.5 } }] },
    ];
    const made: Float32Array[] = [];
    for (const change of changes) {
      const { pixels } = await makePicture(engine, { ...request, ...change });
      for (const other of made) expect(psnr(pixels, other)).toBeLessThan(50);
      made.push(planesOf(pixels));
    }
  });
});
