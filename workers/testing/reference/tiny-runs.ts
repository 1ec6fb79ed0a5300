import { expect } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { planesFromRgb } from '../../images/pixels.ts';
import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { nodeBackend, type Provider } from '../gpu/node-backend.ts';
import { entry, relativeError } from './reference-case.ts';
import { decoderHalf, encoderHalf, loadTiny, readTinyReference, tinyFile, type TinyCase } from './tiny-files.ts';
import type { Precision } from '../../contract/memory.ts';
import { buildTinyDecoder } from '../../graph/graphs/tiny-decoder.ts';
import { buildTinyEncoder } from '../../graph/graphs/tiny-encoder.ts';

interface Compared {
  readonly actual: Float32Array;
  readonly expected: Float32Array;
}

export interface TinyRun {
  readonly provider: Provider;
  readonly name: TinyCase;
  readonly size: string;
  readonly precision?: Precision;
}

const sizeOf = (size: string): { readonly height: number; readonly width: number } => {
  const [height = 0, width = 0] = size.split('x').map(Number);
  return { height, width };
};

/** What the graph makes of latents, and what diffusers' AutoencoderTiny does. */
async function decode({ provider, name, size, precision = 'f32' }: TinyRun): Promise<Compared> {
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
async function encode({ provider, name, size, precision = 'f32' }: TinyRun): Promise<Compared> {
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

/** Latents are decoded, and a picture is encoded, as diffusers does it: in f32 to its numbers, in f16 to its picture. */
export async function expectTiny(run: TinyRun): Promise<void> {
  for (const half of [decode, encode]) {
    const compared = await half(run);
    expect(decibels(compared), half.name).toBeGreaterThan(run.precision === 'f16' ? 35 : 45);
    if (run.precision !== 'f16')
      expect(relativeError(compared.actual, compared.expected), half.name).toBeLessThan(1e-4);
  }
}
