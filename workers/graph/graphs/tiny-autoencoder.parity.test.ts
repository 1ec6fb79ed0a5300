import { describe, expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { planesFromRgb } from '../../images/pixels.ts';
import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { hasWebGpu, nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import {
  decoderHalf,
  encoderHalf,
  loadTiny,
  readTinyReference,
  tinyCases,
  tinyFile,
  type TinyCase,
} from '../../testing/reference/tiny-files.ts';
import type { Precision } from '../../contract/memory.ts';
import { buildTinyDecoder } from './tiny-decoder.ts';
import { buildTinyEncoder } from './tiny-encoder.ts';

interface Compared {
  readonly actual: Float32Array;
  readonly expected: Float32Array;
}

interface Run {
  readonly provider: (typeof providers)[number];
  readonly name: TinyCase;
  readonly size: string;
  readonly precision?: Precision;
}

const sizeOf = (size: string): { readonly height: number; readonly width: number } => {
  const [height = 0, width = 0] = size.split('x').map(Number);
  return { height, width };
};

/** What the graph makes of latents, and what diffusers' AutoencoderTiny does. */
async function decode({ provider, name, size, precision = 'f32' }: Run): Promise<Compared> {
  const backend = await nodeBackend(provider);
  const { config, weights, file } = await loadTiny(name, decoderHalf, precision);
  const options = { kernels: kernelsOf(backend), ...sizeOf(size) };
  const session = await openSession(backend, buildTinyDecoder(config, weights, options).model, [file], {
    strict: true,
  });
  const reference = await readTinyReference(name);
  const { values, shape } = entry(reference, `${size}.latents`);
  const results = await runSession(session, { latents: floatTensor(backend, values, shape) });
  await session.release();
  return { actual: await takeFloats(output(results, 'image')), expected: entry(reference, `${size}.image`).values };
}

/** What the graph makes of a picture, scaled, and what diffusers' AutoencoderTiny does. */
async function encode({ provider, name, size, precision = 'f32' }: Run): Promise<Compared> {
  const backend = await nodeBackend(provider);
  const { config, weights, file } = await loadTiny(name, encoderHalf, precision);
  const options = { kernels: kernelsOf(backend), ...sizeOf(size) };
  const session = await openSession(backend, buildTinyEncoder(config, weights, options).model, [file], {
    strict: true,
  });
  const { planes, shape } = await readPicture(name, size);
  const results = await runSession(session, { image: floatTensor(backend, planes, shape) });
  await session.release();
  const latents = await takeFloats(output(results, 'latents'));
  return {
    actual: latents.map((value) => config.scaling_factor * value),
    expected: entry(await readTinyReference(name), `${size}.encoded`).values,
  };
}

async function readPicture(
  name: TinyCase,
  size: string,
): Promise<{ readonly planes: Float32Array; readonly shape: readonly number[] }> {
  const file = await tinyFile(`${name}/reference.safetensors`);
  const { shape, offset, length } = entry(await readSafetensorsTable(blobSource('x', file)), `${size}.pixels`);
  const [height = 0, width = 0] = shape;
  const data = new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
  return { planes: planesFromRgb({ width, height, data }), shape: [1, 3, height, width] };
}

/** Against the range of what is expected. */
function decibels({ actual, expected }: Compared): number {
  const squares = expected.reduce((sum, value, index) => sum + ((actual[index] ?? NaN) - value) ** 2, 0);
  const range = Math.max(...expected) - Math.min(...expected);
  return 10 * Math.log10(range ** 2 / (squares / expected.length));
}

const runs = tinyCases.flatMap((name) => ['4x4', '3x6'].map((size) => ({ name, size })));

describe.each(providers)('the tiny autoencoder on %s', (provider) => {
  it.each(runs)('$name decodes latents of $size as diffusers does', async (run) => {
    const compared = await decode({ provider, ...run });
    expect(relativeError(compared.actual, compared.expected)).toBeLessThan(1e-4);
    expect(decibels(compared)).toBeGreaterThan(45);
  });

  it.each(runs)('$name encodes a picture to $size as diffusers does', async (run) => {
    const compared = await encode({ provider, ...run });
    expect(relativeError(compared.actual, compared.expected)).toBeLessThan(1e-4);
    expect(decibels(compared)).toBeGreaterThan(45);
  });
});

describe.runIf(hasWebGpu)('the tiny autoencoder in f16 on webgpu', () => {
  it.each(runs)('$name of $size stays above 35 dB of diffusers in f32, both ways', async (run) => {
    const half = { provider: 'webgpu', precision: 'f16', ...run } as const;
    expect(decibels(await decode(half))).toBeGreaterThan(35);
    expect(decibels(await encode(half))).toBeGreaterThan(35);
  });
});
