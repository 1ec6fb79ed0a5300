import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import UPNG from 'upng-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import type { EngineApi, Pixels } from '../../../../workers/api.ts';
import { releaseModel, type LoadedModel } from '../../../../workers/pipeline/model/loaded-model.ts';
import { RunControl } from '../../../../workers/pipeline/run/run-control.ts';
import { scoreCaptions } from '../../../../workers/pipeline/scoring/score-captions.ts';
import { picturebook, referenceData } from '../../../../workers/testing/reference/folder-files.ts';
import { loadFolderModel } from '../../../../workers/testing/runs/reference-runs.ts';
import { bookPlaces, sceneWords, subjectNouns } from './picture-words.ts';

/** Scenes that no training saw: workers/reference/held_out_scenes.py. */
const folder = join(referenceData, 'scenes');
const shown = z
  .array(z.object({ place: z.string(), time: z.string(), subject: z.string() }))
  .parse(JSON.parse(await readFile(join(folder, 'scenes.json'), 'utf8')));
const sheet = UPNG.decode(new Uint8Array(await readFile(join(folder, 'scenes.png'))).buffer);
const rgba = new Uint8ClampedArray(UPNG.toRGBA8(sheet)[0] ?? new ArrayBuffer());
const edge = 64;
const columns = sheet.width / edge;

function tile(index: number): Pixels {
  const data = new Uint8ClampedArray(4 * edge * edge);
  const [left, top] = [edge * (index % columns), edge * Math.floor(index / columns)];
  for (let y = 0; y < edge; y++) {
    const from = 4 * ((top + y) * sheet.width + left);
    data.set(rgba.subarray(from, from + 4 * edge), 4 * edge * y);
  }
  return { width: edge, height: edge, data };
}

const pictures = shown.map((_, index) => ({ image: new Blob([]), id: String(index) }));
let loaded: LoadedModel;

const engine: Pick<EngineApi, 'scoreCaptions'> = {
  scoreCaptions: async (request) => {
    const model: LoadedModel = { ...loaded, decodeImage: (_, id) => Promise.resolve(tile(Number(id))) };
    const control = new RunControl({ alpha: 0, guidanceScale: 1 });
    return { ok: true, value: await scoreCaptions(model, request, control) };
  },
};

beforeAll(async () => {
  loaded = await loadFolderModel(picturebook, 'wasm');
});

afterAll(() => releaseModel(loaded));

const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / hits.length;
const times: Readonly<Record<string, string>> = { painted: '', night: 'at night', sunset: 'at sunset' };

it('the picture book names place and time of scenes that it never saw', async () => {
  const found = await sceneWords(engine, pictures);
  if (!found.ok) throw new Error(found.error.message);
  const { value } = found;
  const places = shown.map(({ place }, index) => value[index]?.where === bookPlaces[place]);
  const hours = shown.map(({ time }, index) => value[index]?.how === times[time]);
  expect(share(places)).toBeGreaterThanOrEqual(0.95);
  expect(share(hours)).toBeGreaterThanOrEqual(0.95);
});

it('the picture book names subjects that it never saw', async () => {
  const nouns = [...new Set(shown.map(({ subject }) => subject))];
  const found = await subjectNouns(engine, pictures, nouns);
  if (!found.ok) throw new Error(found.error.message);
  expect(share(shown.map(({ subject }, index) => found.value[index] === subject))).toBeGreaterThanOrEqual(0.9);
});
