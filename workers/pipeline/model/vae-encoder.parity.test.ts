import { afterEach, describe, expect, it } from 'vitest';

import type { MemoryLevels, Notice } from '../../api.ts';
import { planesFromRgb } from '../../images/pixels.ts';
import type { RgbImage } from '../../images/resize.ts';
import { hasWebGpu, providers } from '../../testing/gpu/node-backend.ts';
import {
  entry,
  readReferenceTensors,
  readReferenceWeights,
  relativeError,
  type ReferenceCase,
} from '../../testing/reference/reference-case.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { TorchGenerator } from '../denoising/noise.ts';
import { sampleLatents } from '../modules/vae-encoder.ts';
import { withFallbacks } from './fallbacks.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';
import { requireVaeEncoder } from './on-demand.ts';

const { signal } = new AbortController();
const opened: LoadedModel[] = [];

afterEach(async () => {
  for (const model of opened.splice(0)) await releaseModel(model);
});

async function open(
  name: ReferenceCase,
  provider: 'wasm' | 'webgpu',
  plan: Partial<MemoryLevels> = {},
  transform?: TensorTransform,
): Promise<LoadedModel> {
  const model = await loadReferenceModel(name, provider, plan, transform);
  opened.push(model);
  return model;
}

interface Encoding {
  readonly size: string;
  readonly tile?: number;
  readonly sampled?: boolean;
  readonly notices?: Notice[];
}

/** What the model encodes of a reference picture, and what diffusers' AutoencoderKL does. */
async function encode(
  model: LoadedModel,
  name: ReferenceCase,
  { size, tile = 0, sampled = false, notices = [] }: Encoding,
): Promise<{ actual: Float32Array; expected: Float32Array }> {
  const reference = await readReferenceTensors(name, 'reference/vae-encoder.safetensors');
  const picture = await readPicture(name, size);
  const rescue = { stage: 'decode', signal, say: (notice: Notice) => notices.push(notice) } as const;
  const latents = await withFallbacks(model, rescue, async () => {
    const encoder = await requireVaeEncoder(model, signal);
    const [height = 0, width = 0] = size.split('x').map(Number);
    const distribution = await encoder.encode(planesFromRgb(picture), { height, width }, tile);
    return sampleLatents(distribution, sampled ? new TorchGenerator(7).randn(distribution.mean.length) : null);
  });
  const expected = entry(reference, `${size}.${sampled ? 'sample' : 'mean'}`);
  return { actual: latents, expected: expected.values };
}

async function readPicture(name: ReferenceCase, size: string): Promise<RgbImage> {
  const { table, bytes } = await readReferenceWeights(name, 'reference/vae-encoder.safetensors');
  const { shape, offset, length } = entry(table, `${size}.pixels`);
  const [height = 0, width = 0] = shape;
  return { width, height, data: bytes.slice(offset, offset + length) };
}

function decibels(actual: Float32Array, expected: Float32Array): number {
  const peak = Math.max(...expected) - Math.min(...expected);
  const squares = expected.reduce((sum, value, index) => sum + ((actual[index] ?? NaN) - value) ** 2, 0);
  return 20 * Math.log10(peak) - 10 * Math.log10(squares / expected.length);
}

describe.each(providers)('the VAE encoder on %s', (provider) => {
  it('gives the mean that diffusers gives, and the sample that torch draws of it', async () => {
    const model = await open('sd15', provider, { precision: 'f32' });
    for (const size of ['8x8', '5x12']) {
      for (const sampled of [false, true]) {
        const { actual, expected } = await encode(model, 'sd15', { size, sampled });
        expect(relativeError(actual, expected), `${size} ${sampled}`).toBeLessThan(1e-4);
      }
    }
  });
});

it('an attention with names of before diffusers 0.17 encodes alike', async () => {
  const { actual, expected } = await encode(await open('v-prediction', 'wasm'), 'v-prediction', { size: '8x8' });
  expect(relativeError(actual, expected)).toBeLessThan(1e-4);
});

it('is loaded when it is first needed, and counts in the memory plan from then on', async () => {
  const model = await open('sd15', 'wasm');
  const before = model.memory.needs.weights.vae;
  expect(model.vaeEncoder).toBeNull();
  const encoder = await requireVaeEncoder(model, signal);
  expect(model.memory.needs.weights.vae).toBeGreaterThan(before);
  expect(await requireVaeEncoder(model, signal)).toBe(encoder);
});

it('cut into tiles gives the picture’s latents with no gap, near to those in one piece', async () => {
  const { actual, expected } = await encode(await open('sd15', 'wasm'), 'sd15', { size: '5x12', tile: 8 });
  expect(decibels(actual, expected)).toBeGreaterThan(20);
});

describe.runIf(hasWebGpu)('the VAE encoder in f16', () => {
  it('stays within 35 dB of what diffusers encodes in f32', async () => {
    const model = await open('half', 'webgpu');
    const { actual, expected } = await encode(model, 'half', { size: '8x8' });
    expect(model.vaeEncoder?.precision).toBe('f16');
    expect(decibels(actual, expected)).toBeGreaterThan(35);
  });

  it('that overflows runs in f32 from then on, and says so', async () => {
    // Followed by a norm, so that f32 gives the same latents as before; f16 ends at 65,504.
    const touches = (name: string): boolean => name.startsWith('encoder.down_blocks.0.resnets.0.conv1.');
    const loud = {
      touches,
      apply: (_: string, __: readonly number[], values: Float32Array) => values.map((value) => value * 1e5),
    };
    const model = await open('half', 'webgpu', {}, loud);
    const notices: Notice[] = [];
    const { actual, expected } = await encode(model, 'half', { size: '8x8', notices });
    expect(notices.map(({ code }) => code)).toEqual(['full-precision-vaeEncoder']);
    expect(decibels(actual, expected)).toBeGreaterThan(35);
  });
});
