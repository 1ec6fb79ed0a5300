import { beforeAll, describe, expect, it } from 'vitest';

import type { GenerateEvent, Pixels } from '../../api.ts';
import { hasWebGpu, providers } from '../../testing/node-backend.ts';
import { entry, readReferenceTensors, type ReferenceCase } from '../../testing/reference-case.ts';
import {
  controlOf,
  loadReferenceModel,
  psnr,
  readReferenceRuns,
  requestOf,
  type ReferenceRun,
} from '../../testing/reference-runs.ts';
import { generatePictures } from './generate.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';

const floor = { f32: 45, f16: 35 };

async function runOnce(model: LoadedModel, run: ReferenceRun): Promise<{ picture: Pixels; events: GenerateEvent[] }> {
  const events: GenerateEvent[] = [];
  await generatePictures(model, requestOf(run), controlOf(run), (event) => events.push(event));
  const last = events.at(-1);
  if (last?.type !== 'picture') throw new RangeError('The run ended without a picture.');
  return { picture: last.picture.pixels, events };
}

async function expectedPicture(name: ReferenceCase, run: ReferenceRun): Promise<Float32Array> {
  const tensors = await readReferenceTensors(name, `reference/run-${run.name}.safetensors`);
  return (tensors.get('pipeline.picture') ?? entry(tensors, 'picture')).values;
}

describe.each(providers)('whole runs on %s', (provider) => {
  describe.each(['sd15', 'v-prediction'] as const)('of the checkpoint %s', async (name) => {
    const runs = await readReferenceRuns(name);
    let model: LoadedModel;

    beforeAll(async () => {
      model = await loadReferenceModel(name, provider, { precision: 'f32' });
      return () => releaseModel(model);
    }, 120_000);

    it.each(runs)(
      'give the picture of diffusers: $name',
      async (run) => {
        const { picture, events } = await runOnce(model, run);
        expect(psnr(picture, await expectedPicture(name, run))).toBeGreaterThan(floor.f32);
        expect(events.filter(({ type }) => type === 'step')).toHaveLength(run.steps);
      },
      120_000,
    );
  });
});

describe.runIf(hasWebGpu)('whole runs in f16 on webgpu', async () => {
  const runs = await readReferenceRuns('half');
  let model: LoadedModel;

  beforeAll(async () => {
    model = await loadReferenceModel('half', 'webgpu');
    return () => releaseModel(model);
  }, 120_000);

  it.each(runs)(
    'stay close to the picture of diffusers: $name',
    async (run) => {
      expect(model.summary.precision).toBe('f16');
      const { picture } = await runOnce(model, run);
      expect(psnr(picture, await expectedPicture('half', run))).toBeGreaterThan(floor.f16);
    },
    120_000,
  );
});

describe('the memory plan', () => {
  it('that runs branches one by one and decodes in tiles gives the same latents', async () => {
    const [run] = await readReferenceRuns('sd15');
    if (run === undefined) throw new RangeError('There is no run.');
    const model = await loadReferenceModel('sd15', 'wasm', { branches: 'one-by-one', vaeTile: 6, keepEncoders: false });
    const previews: Pixels[] = [];
    const short = { ...run, steps: 4 };
    const together = await loadReferenceModel('sd15', 'wasm', { vaeTile: 0 });
    const { events } = await runOnce(model, short);
    const expected = await runOnce(together, short);
    for (const event of events) if (event.type === 'step') previews.push(event.preview);
    const wanted = expected.events.flatMap((event) => (event.type === 'step' ? [event.preview] : []));
    expect(previews.map(({ data }) => [...data])).toEqual(wanted.map(({ data }) => [...data]));
    await releaseModel(model);
    await releaseModel(together);
  }, 120_000);
});
