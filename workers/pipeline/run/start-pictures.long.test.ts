import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { GenerateEvent, GenerateRequest, Pixels, Precision } from '../../api.ts';
import { schedulerNames } from '../../contract/schedulers.ts';
import { withTensorsOf } from '../../testing/reference/changed-weights.ts';
import { referenceData } from '../../testing/reference/folder-files.ts';
import { providers } from '../../testing/gpu/node-backend.ts';
import { readPicture, readPictureRuns, requestOfPicture } from '../../testing/runs/picture-runs.ts';
import { readReferenceJson, readReferenceWeights, referenceCases } from '../../testing/reference/reference-case.ts';
import { numberedPicture } from '../../testing/runs/reference-engine.ts';
import { readWeightFile, tensorBytes } from '../../testing/reference/reference-file.ts';
import { loadFolderModel, psnr } from '../../testing/runs/reference-runs.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { generatePictures } from './generate.ts';
import { RunControl } from './run-control.ts';

const folder = 'pictures/start';
const runs = await readPictureRuns(folder, {
  checkpoint: z.enum(referenceCases),
  /** The checkpoint's own UNet, or one with a tensor more or other, which lies beside the runs. */
  network: z.string(),
  /** What its config says besides. */
  change: z.record(z.string(), z.number()),
  scheduler: z.enum(schedulerNames),
  strength: z.number(),
  eta: z.number(),
  hasPicture: z.boolean(),
  isMasked: z.boolean(),
  variation: z.number(),
  variationSeed: z.int(),
});
type Run = (typeof runs)[number];

/** As rows of RGB or of grey. */
async function readPixels(name: string): Promise<Pixels> {
  const { shape, bytes } = tensorBytes(await readWeightFile(`${folder}/start.safetensors`), name);
  const [height = 0, width = 0, channels = 1] = shape;
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, index) =>
    index % 4 === 3 ? 255 : (bytes[Math.floor(index / 4) * channels + Math.min(channels - 1, index % 4)] ?? 0),
  );
  return { width, height, data };
}

const pictures = [await readPixels('picture'), await readPixels('mask')];

async function changedFiles({ checkpoint, network, change }: Run): Promise<ReadonlyMap<string, Blob>> {
  if (network === 'own') return new Map();
  const config = { ...((await readReferenceJson(checkpoint, 'unet/config.json')) as object), ...change };
  const path = 'unet/diffusion_pytorch_model.safetensors';
  const other = await readWeightFile(`${folder}/${checkpoint}-${network}.safetensors`);
  return new Map([
    ['unet/config.json', new Blob([JSON.stringify(config)])],
    [path, withTensorsOf(await readReferenceWeights(checkpoint, path), other)],
  ]);
}

function requestOf(run: Run): GenerateRequest {
  const { scheduler, strength, eta, hasPicture, isMasked, variation, variationSeed } = run;
  const image = { image: numberedPicture(0), hash: '0', mask: isMasked ? numberedPicture(1) : null };
  const settings = { scheduler, strength, eta, variation, variationSeed };
  return { ...requestOfPicture(run), ...settings, ...(hasPicture ? { start: image } : {}) };
}

async function pictureOf(model: LoadedModel, request: GenerateRequest): Promise<{ pixels: Pixels; told: string[] }> {
  const events: GenerateEvent[] = [];
  const control = new RunControl({ alpha: request.alpha, guidanceScale: request.guidanceScale });
  await generatePictures(model, request, control, (event) => events.push(event));
  const last = events.at(-1);
  if (last?.type !== 'picture') throw new RangeError('The run ended without a picture.');
  const told = events.flatMap((event) => (event.type === 'notice' ? [event.notice.code] : []));
  return { pixels: last.picture.pixels, told };
}

const floor: Readonly<Record<Precision, number>> = { f32: 45, f16: 35 };

/** What a person is told beside the picture. */
function noticesOf({ network, hasPicture, scheduler }: (typeof runs)[number]): readonly string[] {
  if (network === 'inpainting' && !hasPicture) return ['inpaints-all'];
  return network === 'own' && scheduler === 'lcm' ? ['few-step-network', 'few-step-guidance'] : [];
}

const networks = [...new Set(runs.map(({ checkpoint, network }) => `${checkpoint} ${network}`))];

describe.each(providers)('on %s', (provider) => {
  describe.each(networks)('the network %s', (which) => {
    const own = runs.filter(({ checkpoint, network }) => `${checkpoint} ${network}` === which);
    const [first] = own;
    let model: LoadedModel;

    beforeAll(async () => {
      if (first === undefined) throw new RangeError('There is no such run.');
      const changed = await changedFiles(first);
      const plan = first.checkpoint === 'half' ? {} : ({ precision: 'f32' } as const);
      model = await loadFolderModel(join(referenceData, first.checkpoint), provider, { pictures, changed, plan });
      return () => releaseModel(model);
    });

    it.each(own)('makes the picture of diffusers: $name', async (run) => {
      const { pixels, told } = await pictureOf(model, requestOf(run));
      const decibels = psnr(pixels, await readPicture(folder, run.name));
      expect(decibels).toBeGreaterThan(floor[model.summary.precision]);
      expect(told).toEqual(noticesOf(run));
    });
  });
});

describe('a start that cannot be', () => {
  let model: LoadedModel;
  const [request] = runs.filter(({ name }) => name === 'keep-0.7').map(requestOf);
  const blank = (level: number, width = 64): Pixels => ({
    width,
    height: 64,
    data: new Uint8ClampedArray(4 * width * 64).fill(level).map((value, index) => (index % 4 === 3 ? 255 : value)),
  });

  beforeAll(async () => {
    const more = [...pictures, blank(0), blank(255), blank(255, 96)];
    model = await loadFolderModel(join(referenceData, 'sd15'), 'wasm', { pictures: more });
  });
  afterAll(() => releaseModel(model));

  it.each([
    ['a mask that marks nothing', 2, /marks nothing/u],
    ['a mask of all', 3, /covers the whole picture/u],
    ['a mask of all, of another shape', 4, /covers the whole picture/u],
  ])('%s ends in a sentence', async (_, mask, sentence) => {
    const start = { image: numberedPicture(0), hash: '0', mask: numberedPicture(mask) };
    const run = request === undefined ? Promise.resolve() : pictureOf(model, { ...request, start });
    await expect(run).rejects.toMatchObject({ code: 'bad-mask', message: expect.stringMatching(sentence) as string });
  });

  it('a strength that leaves no step names the least that does', async () => {
    const run = request === undefined ? Promise.resolve() : pictureOf(model, { ...request, strength: 0.1 });
    await expect(run).rejects.toMatchObject({
      code: 'setting-out-of-range',
      message: expect.stringContaining('at least 0.17 with 6 steps') as string,
    });
  });
});
