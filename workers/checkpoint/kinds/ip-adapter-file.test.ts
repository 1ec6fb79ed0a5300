import { describe, expect, it } from 'vitest';

import { memorySource } from '../../testing/reference/formats-reference.ts';
import { lookFile } from '../../testing/reference/look-files.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { blobSource, type ByteSource } from '../bytes/byte-source.ts';
import { readIpAdapterFile } from './ip-adapter-file.ts';
import { writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';

const sourceOf = async (path: string): Promise<ByteSource> => blobSource(path, await lookFile(path));

type Shapes = Readonly<Record<string, readonly number[]>>;

function adapter(shapes: Shapes): ByteSource {
  const specs = Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F16', shape }) as const);
  const { header, size } = writeSafetensorsHeader(specs);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return memorySource('some.safetensors', bytes);
}

/** Plain, of the smallest sizes. */
const plain: Shapes = {
  'image_proj.proj.weight': [8, 3],
  'image_proj.proj.bias': [8],
  'image_proj.norm.weight': [4],
  'image_proj.norm.bias': [4],
  'ip_adapter.1.to_k_ip.weight': [2, 4],
  'ip_adapter.1.to_v_ip.weight': [2, 4],
};

const layers = [
  { index: 1, channels: 32 },
  { index: 3, channels: 32 },
  { index: 5, channels: 32 },
  { index: 7, channels: 64 },
];

describe('readIpAdapterFile', () => {
  it.each([
    ['plain', { kind: 'plain', tokens: 4, embedDim: 24, tokenDim: 32 }],
    ['full-face', { kind: 'full-face', embedDim: 40, hiddenDim: 40, tokenDim: 32 }],
    [
      'plus',
      { kind: 'plus', tokens: 5, width: 24, depth: 4, heads: 2, feedForwardDim: 96, embedDim: 40, tokenDim: 32 },
    ],
  ])('tells a %s adapter by its keys, and its sizes by its shapes', async (kind, projection) => {
    expect((await readIpAdapterFile(await sourceOf(`${kind}.safetensors`))).config).toEqual({ projection, layers });
  });

  it('reads the two dicts of a .bin as the same tensors', async () => {
    const [bin, flat] = await Promise.all(
      ['full-face.bin', 'full-face.safetensors'].map(async (path) => readIpAdapterFile(await sourceOf(path))),
    );
    expect(bin?.config).toEqual(flat?.config);
    expect(bin?.table.size).toBe(flat?.table.size);
    for (const [name, { offset, length, shape, dtype }] of flat?.table ?? []) {
      const other = bin?.table.get(name);
      expect([other?.shape, other?.dtype], name).toEqual([shape, dtype]);
      expect(await bin?.source.read(other?.offset ?? 0, length)).toEqual(await flat?.source.read(offset, length));
    }
  });

  it('counts layers by their numbers, not by the order of their names', async () => {
    const shapes = { ...plain, 'ip_adapter.11.to_k_ip.weight': [6, 4], 'ip_adapter.3.to_k_ip.weight': [5, 4] };
    expect((await readIpAdapterFile(adapter(shapes))).config.layers.map(({ index }) => index)).toEqual([1, 3, 11]);
  });

  it.each<readonly [string, Shapes, RegExp]>([
    ['for SDXL', { ...plain, 'ip_adapter.1.to_k_ip.weight': [640, 2048] }, /is made for Stable Diffusion XL/],
    [
      'of FaceID with LoRA layers',
      { ...plain, 'ip_adapter.0.to_q_lora.down.weight': [2, 2] },
      /is a FaceID adapter.*InsightFace/,
    ],
    [
      'of FaceID without LoRA layers',
      {
        'image_proj.proj.0.weight': [4, 512],
        'image_proj.proj.2.weight': [8, 4],
        'image_proj.norm.weight': [4],
        'ip_adapter.1.to_k_ip.weight': [2, 4],
      },
      /is a FaceID adapter/,
    ],
    [
      'of an unknown kind',
      { 'image_proj.novel': [2], 'ip_adapter.1.to_k_ip.weight': [2, 4] },
      /of a kind that is not supported/,
    ],
    [
      'whose heads do not have 64 numbers',
      {
        'image_proj.latents': [1, 4, 8],
        'image_proj.layers.0.0.to_q.weight': [96, 8],
        'ip_adapter.1.to_k_ip.weight': [2, 4],
      },
      /of a kind that is not supported/,
    ],
    [
      'whose latents are no matrix each',
      {
        'image_proj.latents': [4, 8],
        'image_proj.layers.0.0.to_q.weight': [64, 8],
        'ip_adapter.1.to_k_ip.weight': [2, 4],
      },
      /of a kind that is not supported/,
    ],
    ['that is none', { weight: [2, 2] }, /is no IP-Adapter/],
    ['whose layers are missing', { 'image_proj.proj.weight': [8, 3] }, /is no IP-Adapter/],
  ])('refuses a file %s, by name and with advice', async (_, shapes, message) => {
    const error = (await readIpAdapterFile(adapter(shapes)).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'bad-adapter' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('"some.safetensors"');
    expect(error.message).toContain('ip-adapter-plus_sd15.safetensors');
  });

  it.each([
    ['safetensors', 'download-incomplete'],
    ['bin', 'bad-pickle'],
  ])('refuses a .%s file that is cut off', async (ending, code) => {
    const file = await lookFile(`full-face.${ending}`);
    const half = blobSource(file.name, file.slice(0, Math.floor(file.size / 2)));
    await expect(readIpAdapterFile(half)).rejects.toMatchObject({ code });
  });

  it('refuses a .bin that holds other dicts', async () => {
    const bytes = await torchFileOf(
      new Uint8Array(await (await lookFile('image_encoder/model.safetensors')).arrayBuffer()),
    );
    await expect(readIpAdapterFile(memorySource('model.bin', bytes))).rejects.toMatchObject({ code: 'bad-adapter' });
  });
});
