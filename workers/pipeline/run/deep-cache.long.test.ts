import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { MemoryLevels, Pixels } from '../../api.ts';
import { providers } from '../../testing/gpu/node-backend.ts';
import { readPicture } from '../../testing/runs/picture-runs.ts';
import { findReferenceJson } from '../../testing/reference/reference-file.ts';
import { controlOf, fusedRunSchema, loadReferenceModel, psnr, requestOf } from '../../testing/runs/reference-runs.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { generatePictures } from './generate.ts';

const folder = 'deep-cache';
const runSchema = fusedRunSchema.extend({
  reuseInterval: z.int(),
  /** Share of the steps that are guided. */
  guided: z.number(),
});
type Run = z.output<typeof runSchema>;

const runs = z.array(runSchema).parse(await findReferenceJson(`${folder}/runs.json`));

async function pictureOf(model: LoadedModel, { guided, ...run }: Run): Promise<Pixels> {
  const guidanceSchedule = { alpha: { from: 0, to: 1 }, guidanceScale: { from: 0, to: guided } };
  const pictures: Pixels[] = [];
  await generatePictures(
    model,
    { ...requestOf(run), guidanceSchedule, reuseInterval: run.reuseInterval },
    controlOf(run),
    (event) => {
      if (event.type === 'picture') pictures.push(event.picture.pixels);
    },
  );
  const [picture] = pictures;
  if (picture === undefined) throw new RangeError('The run ended without a picture.');
  return picture;
}

const plans: readonly (readonly [(typeof providers)[number], MemoryLevels['branches']])[] = providers.flatMap(
  (provider) => [
    [provider, 'together'],
    [provider, 'one-by-one'],
  ],
);

describe.each(plans)('pictures of which steps reuse deep features, on %s with branches %s', (provider, branches) => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadReferenceModel('sd15', provider, { branches });
  });
  afterAll(() => releaseModel(model));

  it.each(runs)('are those of diffusers’ blocks called one by one: $name', async (run) => {
    expect(psnr(await pictureOf(model, run), await readPicture(folder, run.name))).toBeGreaterThan(45);
  });

  it('begin with a full step, whatever the picture before them left', async () => {
    const [run] = runs;
    if (run === undefined) throw new RangeError('There is no run.');
    const first = await pictureOf(model, run);
    expect(await pictureOf(model, run)).toEqual(first);
  });
});
