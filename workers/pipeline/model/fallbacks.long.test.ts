import { afterEach, describe, expect, it } from 'vitest';

import type { GenerateEvent, GenerateRequest, MemoryLevels, Notice, Pixels } from '../../api.ts';
import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { hasWebGpu } from '../../testing/gpu/node-backend.ts';
import type { ReferenceCase } from '../../testing/reference/reference-case.ts';
import {
  controlOf,
  loadReferenceModel,
  planesOf,
  psnr,
  readReferenceRuns,
  requestOf,
} from '../../testing/runs/reference-runs.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { generatePictures } from '../run/generate.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';

const opened: LoadedModel[] = [];

afterEach(async () => {
  for (const model of opened.splice(0)) await releaseModel(model);
});

async function open(
  name: ReferenceCase,
  plan: Partial<MemoryLevels>,
  transform?: TensorTransform,
): Promise<{ model: LoadedModel; gpu: LimitedGpu }> {
  const model = await loadReferenceModel(name, 'webgpu', plan, transform);
  opened.push(model);
  if (model.backend.gpu === null) throw new RangeError('There is no GPU.');
  return { model, gpu: new LimitedGpu(model.backend.gpu.device) };
}

interface Run {
  readonly picture: Pixels;
  /** The number of each step that was reported. */
  readonly steps: readonly number[];
  readonly notices: readonly Notice[];
}

async function generate(
  model: LoadedModel,
  name: ReferenceCase,
  change: Partial<GenerateRequest>,
  watch: (event: GenerateEvent) => void = () => undefined,
): Promise<Run> {
  const [run] = await readReferenceRuns(name);
  if (run === undefined) throw new RangeError('There is no run.');
  const events: GenerateEvent[] = [];
  await generatePictures(model, { ...requestOf(run), ...change }, controlOf(run), (event) => {
    events.push(event);
    watch(event);
  });
  const [picture] = events.flatMap((event) => (event.type === 'picture' ? [event.picture.pixels] : []));
  if (picture === undefined) throw new RangeError('The run ended without a picture.');
  return {
    picture,
    steps: events.flatMap((event) => (event.type === 'step' ? [event.step] : [])),
    notices: events.flatMap((event) => (event.type === 'notice' ? [event.notice] : [])),
  };
}

const frugal = { keepEncoders: false, keepBuffers: false } as const;

describe.runIf(hasWebGpu)('out of memory', () => {
  it('while a picture forms: branches go on one by one from the step that failed', async () => {
    const { model, gpu } = await open('sd15', frugal);
    const request = { width: 128, height: 128, steps: 4, eta: 1 };
    const expected = await generate(model, 'sd15', request);
    const run = await generate(model, 'sd15', request, (event) => {
      // Enough for one branch at a time and for the decoder, not for three branches together.
      if (event.type === 'step' && event.step === 2) gpu.limit = 5.5e6;
    });
    expect(run.steps).toEqual([1, 2, 3, 4]);
    expect(run.notices.map(({ code, message }) => [code, message.includes('each step in parts')])).toEqual([
      ['out-of-memory', true],
    ]);
    expect(psnr(run.picture, planesOf(expected.picture))).toBeGreaterThan(45);
    expect((await generate(model, 'sd15', { ...request, steps: 1 })).notices).toEqual([]);
  });

  it('while a picture is decoded: smaller tiles, and no step again', async () => {
    const { model, gpu } = await open('sd15', { ...frugal, branches: 'one-by-one' });
    const request = { width: 192, height: 192, steps: 2 };
    const run = await generate(model, 'sd15', request, (event) => {
      if (event.type === 'phase' && event.phase === 'decode') gpu.limit = 5e6;
    });
    gpu.limit = Infinity;
    expect(run.steps).toEqual([1, 2]);
    expect(run.notices.map(({ message }) => message.includes('tiles of 128 pixels'))).toEqual([true]);
    const { picture } = await generate(model, 'sd15', request);
    expect(psnr(run.picture, planesOf(picture))).toBeGreaterThan(60);
  });

  it('where nothing is left to give up, ends with an error that says so, and the model makes pictures again later', async () => {
    const { model, gpu } = await open('sd15', frugal);
    const request = { width: 64, height: 64, steps: 1 };
    gpu.limit = 3e5;
    await expect(generate(model, 'sd15', request)).rejects.toMatchObject({ code: 'out-of-memory' });
    gpu.limit = Infinity;
    expect((await generate(model, 'sd15', request)).steps).toEqual([1]);
  });
});

/** Followed by a norm, so that f32 gives the same picture as before; f16 ends at 65,504. */
const beforeNorm = /resnets\.0\.(conv1|time_emb_proj)\./;

/** Multiplies what a module gives before its norm. @param part which names of a file to change */
function loud(part: RegExp): TensorTransform {
  const touches = (name: string): boolean => part.test(name) && beforeNorm.test(name);
  return { touches, apply: (_, __, values) => values.map((value) => value * 1e5) };
}

describe.runIf(hasWebGpu)('overflow in f16', () => {
  it.each([
    ['denoiser', /^down_blocks/],
    ['vaeDecoder', /^decoder\.up_blocks/],
  ] as const)('of the %s: that part again in f32, said once', async (part, names) => {
    const request = { steps: 2 };
    const plain = await open('half', { precision: 'f32' });
    const expected = await generate(plain.model, 'half', request);
    await releaseModel(plain.model);
    const { model } = await open('half', {}, loud(names));
    const run = await generate(model, 'half', request);
    expect(run.notices.map(({ code }) => code)).toEqual([`full-precision-${part}`]);
    expect(run.steps).toEqual([1, 2]);
    expect(psnr(run.picture, planesOf(expected.picture))).toBeGreaterThan(35);
    expect((await generate(model, 'half', request)).notices).toEqual([]);
  });

  it.each([
    ['unifiedEncoder', 'half', /^text_model\.encoder\.layers\.0\.mlp\./],
    ['subjectEncoder', 'half', /^vision_model\.encoder\.layers\.0\.mlp\./],
    ['safetyChecker', 'sd15', /^vision_model\.vision_model\.encoder\.layers\.0\.mlp\./],
  ] as const)(
    'of the %s: that part again in f32, said once, and the same picture as in f32 alone',
    async (part, name, names) => {
      const request = { steps: 1, width: 64, height: 64, checkResult: true };
      // Of both factors of an MLP, so that no weight overflows but what they give does.
      const transform: TensorTransform = {
        touches: (tensor) => names.test(tensor),
        apply: (_, __, values) => values.map((value) => value * 1e4),
      };
      const plain = await open(name, { precision: 'f32' }, transform);
      const expected = await generate(plain.model, name, request);
      await releaseModel(plain.model);
      const { model } = await open(name, {}, transform);
      const run = await generate(model, name, request);
      expect(run.notices.map(({ code }) => code)).toEqual([`full-precision-${part}`]);
      expect(psnr(run.picture, planesOf(expected.picture))).toBeGreaterThan(35);
      expect((await generate(model, name, request)).notices).toEqual([]);
    },
  );
});
