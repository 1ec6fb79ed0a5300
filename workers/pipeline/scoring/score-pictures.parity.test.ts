import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { PictureScores, ScoreRequest, Subject } from '../../api.ts';
import { referenceData } from '../../testing/reference/folder-files.ts';
import {
  makePicture,
  numberedPicture,
  openReferenceEngine,
  plainRequest,
  value,
} from '../../testing/runs/reference-engine.ts';
import type { Engine } from '../run/engine.ts';

const folder = join(referenceData, 'scores');
const region = z.tuple([z.number(), z.number(), z.number()]).nullable();
const runSchema = z.object({
  picture: z.number(),
  pins: z.array(z.array(z.tuple([z.number(), region]))),
  caption: z.string(),
  subject: z.number().nullable(),
  scored: z.number(),
});
const runs = z.array(runSchema).parse(JSON.parse(await readFile(join(folder, 'scores.json'), 'utf8')));
const projection = new Blob([await readFile(join(folder, 'text_projection.safetensors'))]);

function requestOf({ picture, pins, caption }: z.infer<typeof runSchema>): ScoreRequest {
  const subjects = pins.map((pin) =>
    pin.map(([number, seen]): Subject => {
      const [x = 0, y = 0, size = 0] = seen ?? [];
      return {
        kind: 'picture',
        image: numberedPicture(number),
        hash: String(number),
        region: seen === null ? null : { x, y, size },
      };
    }),
  );
  return {
    pictures: [{ image: numberedPicture(picture), id: String(picture) }],
    subjects,
    caption,
    textProjection: projection,
  };
}

describe('scores, against transformers’ CLIPModel', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openReferenceEngine('sd15');
  });

  it.each(runs)('of picture $picture with “$caption”', async (run) => {
    const [scores] = value(await engine.scorePictures(requestOf(run), () => undefined));
    // Where a picture is resized, a pixel may be one of 255 levels off, and the cosine 4e-4.
    if (run.subject === null) expect(scores?.subject).toBeNull();
    else expect(scores?.subject).toBeCloseTo(run.subject, 3);
    expect(scores?.caption).toBeCloseTo(run.scored, 3);
  });

  const request = async (change: Partial<ScoreRequest>) => {
    const [run] = runs;
    if (run === undefined) throw new RangeError('There are no runs.');
    return engine.scorePictures({ ...requestOf(run), ...change }, () => undefined);
  };

  it('tells of each picture when it is known', async () => {
    const told: (readonly [number, PictureScores])[] = [];
    const pictures = [0, 1].map((index) => ({ image: numberedPicture(index), id: String(index) }));
    const all = value(
      await engine.scorePictures({ pictures, subjects: [], caption: 'a cat', textProjection: projection }, (...each) =>
        told.push(each),
      ),
    );
    expect(told).toEqual([...all.entries()]);
    expect(all.map(({ subject }) => subject)).toEqual([null, null]);
  });

  it('compare with nothing where there is nothing: no caption, no text projection', async () => {
    expect(value(await request({ caption: ' ' }))[0]?.caption).toBeNull();
    expect(value(await request({ textProjection: null }))[0]?.caption).toBeNull();
  });

  it('make way for a run', async () => {
    const pictures = [0, 1, 2].map((index) => ({ image: numberedPicture(index), id: String(index) }));
    const scoring = request({ pictures });
    const made = makePicture(engine, { ...plainRequest, caption: 'a dog', steps: 1, width: 64, height: 64 });
    expect(await scoring).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect((await made).index).toBe(0);
  });

  it('read brackets as what they mean', async () => {
    const [plain, weighted] = [await request({ caption: 'a dog' }), await request({ caption: 'a (dog:1.4)' })];
    expect(weighted).toEqual(plain);
  });

  it('refuse a text projection of another model, by name', async () => {
    const header = new TextEncoder().encode(
      JSON.stringify({ 'text_projection.weight': { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] } }),
    );
    const other = new Blob([BigUint64Array.of(BigInt(header.length)), header, Float32Array.of(1)]);
    expect(await request({ textProjection: other })).toMatchObject({ ok: false, error: { code: 'missing-tensor' } });
  });
});
