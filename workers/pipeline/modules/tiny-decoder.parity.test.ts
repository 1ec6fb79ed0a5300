import { afterAll, describe, expect, it } from 'vitest';

import { hasWebGpu, nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry } from '../../testing/reference/reference-case.ts';
import { psnr } from '../../testing/runs/reference-runs.ts';
import { decoderHalf, encoderHalf, loadTiny, readTinyReference } from '../../testing/reference/tiny-files.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import { TinyDecoder } from './tiny-decoder.ts';
import { tinyEncoder, VaeEncoder } from './vae-encoder.ts';

const reference = await readTinyReference('published');
const latents = entry(reference, '3x6.latents');
const image = entry(reference, '3x6.image').values;
const size = { height: 3, width: 6 };
const clamped = image.map((value) => Math.min(1, Math.max(0, value)));

const opened: TinyDecoder[] = [];
afterAll(async () => {
  for (const decoder of opened) await decoder.release();
});

async function open(
  provider: (typeof providers)[number],
  precision: 'f16' | 'f32' = 'f32',
  transform?: TensorTransform,
) {
  const backend = await nodeBackend(provider);
  const decoder = new TinyDecoder(backend, await loadTiny('published', decoderHalf, precision, transform));
  opened.push(decoder);
  const tensor = await OwnedTensor.create(backend, latents.shape);
  tensor.write(latents.values);
  return { backend, decoder, tensor };
}

describe.each(providers)('the tiny decoder on %s', (provider) => {
  it('gives the picture that diffusers gives, whole and in tiles', async () => {
    const { decoder, tensor } = await open(provider);
    expect(psnr(await decoder.decode(tensor.view(latents.shape), size, 0), clamped)).toBeGreaterThan(45);
    expect(psnr(await decoder.decode(tensor.view(latents.shape), size, 4), clamped)).toBeGreaterThan(20);
  });

  it('shows steps as the picture, of latents that are overwritten as soon as it has begun', async () => {
    const { decoder, tensor } = await open(provider);
    const first = await decoder.beginPreview(tensor.view(latents.shape), size);
    tensor.write(latents.values.map((value) => -value));
    const second = await decoder.beginPreview(tensor.view(latents.shape), size);
    tensor.clear();
    const [one, two] = await Promise.all([first.picture, second.picture]);
    expect([one.width, one.height]).toEqual([48, 24]);
    expect(psnr(one, clamped)).toBeGreaterThan(45);
    expect(psnr(two, clamped)).toBeLessThan(30);
    await decoder.release();
    expect(psnr(await (await decoder.beginPreview(tensor.view(latents.shape), size)).picture, clamped)).toBeLessThan(
      30,
    );
  });
});

/** The same function in 32 bit, because a ReLU passes a factor through; 16 bit end at 65,504. */
const factors: readonly (readonly [name: string, factor: number])[] = [
  ['conv.0.weight', 300],
  ['conv.0.bias', 300],
  ['conv.2.weight', 300],
  ['conv.2.bias', 300 ** 2],
  ['conv.4.weight', 1 / 300 ** 2],
];
const factorOf = (name: string): number | undefined => factors.find(([end]) => name === `decoder.layers.7.${end}`)?.[1];
const loud: TensorTransform = {
  touches: (name) => factorOf(name) !== undefined,
  apply: (name, _, values) => values.map((value) => value * (factorOf(name) ?? 1)),
};

describe('a tiny decoder that overflows', () => {
  it('gives the same picture in 32 bit', async () => {
    const { decoder, tensor } = await open('wasm', 'f32', loud);
    expect(psnr(await decoder.decode(tensor.view(latents.shape), size, 0), clamped)).toBeGreaterThan(40);
  });

  it.runIf(hasWebGpu)('says so in 16 bit, though every convolution is followed by a ReLU', async () => {
    const { decoder, tensor } = await open('webgpu', 'f16', loud);
    await expect(decoder.decode(tensor.view(latents.shape), size, 0)).rejects.toMatchObject({ module: 'tinyDecoder' });
    const { picture } = await decoder.beginPreview(tensor.view(latents.shape), size);
    await expect(picture).rejects.toMatchObject({ module: 'tinyDecoder' });
  });
});

it('the tiny encoder gives latents and no distribution, in tiles too', async () => {
  const encoder = new VaeEncoder(await nodeBackend('wasm'), tinyEncoder(await loadTiny('published', encoderHalf)));
  const grey = new Float32Array(3 * 24 * 48);
  const whole = await encoder.encode(grey, size, 0);
  const tiled = await encoder.encode(grey, size, 4);
  await encoder.release();
  expect([whole.standardDeviation, whole.scalingFactor, whole.mean.length]).toEqual([null, 1, 4 * 3 * 6]);
  expect(tiled.mean.length).toBe(whole.mean.length);
});
