import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { defaultLook, type GenerateRequest, type PinDetail, type Pixels } from '../../api.ts';
import { readPicture, readPictureRuns, referenceUpload, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import {
  makePicture,
  numberedPicture,
  openReferenceEngine,
  pinOn,
  referenceLook,
} from '../../testing/runs/reference-engine.ts';
import { planesOf, psnr } from '../../testing/runs/reference-runs.ts';
import type { Engine } from './engine.ts';

const folder = 'pictures/detail';
const runs = await readPictureRuns(folder, {
  pins: z.array(z.object({ word: z.int(), pictures: z.array(z.int()) })),
  /** By the word; a pin without one gives no detail. */
  strengths: z.record(z.string(), z.number()),
  alpha: z.number(),
  reuseInterval: z.int(),
  boundToWord: z.boolean(),
});
type Run = (typeof runs)[number];

const detailOf = ({ strengths }: Run, word: number): { readonly detail?: PinDetail } => {
  const strength = strengths[word];
  return strength === undefined ? {} : { detail: { strength } };
};

function requestOf(run: Run): GenerateRequest {
  const pins = run.pins.map(({ word, pictures }) => ({
    ...pinOn(
      word,
      pictures.map((number) => ({ kind: 'picture', image: numberedPicture(number), hash: `${number}`, region: null })),
    ),
    ...detailOf(run, word),
  }));
  const { alpha, reuseInterval, boundToWord } = run;
  const how = { alpha, reuseInterval, boundToWord, subjectPositions: 'pinned', pinVoices: 'word' } as const;
  return { ...requestOfPicture(run), pins, ...how };
}

const [first] = runs;
if (first === undefined) throw new RangeError('There is no run.');
const request = requestOf(first);
const without: GenerateRequest = { ...request, pins: request.pins.map(({ word, subjects }) => pinOn(word, subjects)) };

describe('pictures with the fine detail of pinned pictures', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openReferenceEngine('sd15');
  });

  it.each(runs)('are those of FreeCustom in plain PyTorch: $name', async (run) => {
    const { pixels } = await makePicture(engine, requestOf(run));
    expect(psnr(pixels, await readPicture(folder, run.name))).toBeGreaterThan(45);
  });

  it('at α = 0 and at strength 0 are those without, bit for bit', async () => {
    const silent = request.pins.map((pin) => ({ ...pin, detail: { strength: 0 } }));
    for (const [change, alpha] of [
      [{ pins: silent }, 0.5],
      [{}, 0],
    ] as const) {
      const { pixels: plain } = await makePicture(engine, { ...without, alpha });
      const { pixels } = await makePicture(engine, { ...request, ...change, alpha });
      expect(pixels.data).toEqual(plain.data);
    }
  });

  it('beside a look are those without one at its strength 0, and others at 1', async () => {
    const look = referenceLook(await referenceUpload('look', 'plain.safetensors'));
    const looking = await openReferenceEngine('sd15', [], {}, look);
    const at = async (strength: number): Promise<Pixels> => {
      const pins = request.pins.map((pin) => ({ ...pin, look: { ...defaultLook, strength } }));
      return (await makePicture(looking, { ...request, pinVoices: 'both', pins })).pixels;
    };
    const { pixels: alone } = await makePicture(engine, request);
    const silent = await at(0);
    expect(psnr(silent, planesOf(alone))).toBeGreaterThan(55);
    expect(psnr(await at(1), planesOf(silent))).toBeLessThan(50);
  });

  it('differ where the detail may only be in a part of them', async () => {
    const area = { x: 0, y: 0, width: 0.5, height: 0.5 };
    const { pixels: everywhere } = await makePicture(engine, request);
    const { pixels } = await makePicture(engine, { ...request, pins: request.pins.map((pin) => ({ ...pin, area })) });
    expect(pixels.data).not.toEqual(everywhere.data);
  });
});
