import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect, it } from 'vitest';
import UPNG from 'upng-js';

import { blobSource } from '../../workers/checkpoint/bytes/byte-source.ts';
import { toFloat32 } from '../../workers/checkpoint/tensors/dtype.ts';
import { readSafetensorsTable } from '../../workers/checkpoint/tensor-files/safetensors.ts';
import { referenceData } from '../../workers/testing/reference/folder-files.ts';
import { nodeBackend } from '../../workers/testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../workers/testing/reference/reference-case.ts';
import { openEncoders, type MetricEncoders } from './encoders.ts';
import type { Pixels } from '../../workers/api.ts';

const folder = join(referenceData, 'metric-encoders');
let encoders: MetricEncoders;
let expected: ReadonlyMap<string, Float32Array>;

beforeAll(async () => {
  encoders = await openEncoders(await nodeBackend('wasm'), join(folder, 'dino'), join(folder, 'clip'));
  const bytes = new Uint8Array(await readFile(join(folder, 'expected.safetensors')));
  const table = await readSafetensorsTable(blobSource('expected', new Blob([bytes])));
  expected = new Map(
    [...table].map(([name, { offset, length }]) => [name, toFloat32(bytes.slice(offset, offset + length), 'F32')]),
  );
});

async function picture(index: number): Promise<Pixels> {
  const { width, height, ...png } = UPNG.decode(new Uint8Array(await readFile(join(folder, `${index}.png`))).buffer);
  const [frame = new ArrayBuffer(0)] = UPNG.toRGBA8({ width, height, ...png });
  return { width, height, data: new Uint8ClampedArray(frame) };
}

it.each([0, 1])('DINO and CLIP see picture %i, and CLIP reads its caption, as transformers does', async (index) => {
  const pixels = await picture(index);
  const captions = JSON.parse(await readFile(join(folder, 'captions.json'), 'utf8')) as readonly string[];
  const error = async (name: string, found: Promise<Float32Array>): Promise<number> =>
    relativeError(await found, entry(expected, `${name}.${index}`));
  expect(await error('dino', encoders.dino(pixels))).toBeLessThan(1e-4);
  expect(await error('clip_picture', encoders.clipPicture(pixels))).toBeLessThan(1e-4);
  expect(await error('clip_text', encoders.clipText(captions[index] ?? ''))).toBeLessThan(1e-4);
});

it('a place without an encoder is named', async () => {
  const backend = await nodeBackend('wasm');
  await expect(openEncoders(backend, join(referenceData, 'images'), join(folder, 'clip'))).rejects.toMatchObject({
    code: 'file-not-found',
  });
});
