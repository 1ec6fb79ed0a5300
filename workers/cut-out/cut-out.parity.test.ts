import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { CutOutNetworkId, CutOutPoint, CutOutRequest, Pixels } from '../api.ts';
import { blobSource } from '../checkpoint/bytes/byte-source.ts';
import { cutOutNetworks } from '../contract/cut-out-networks.ts';
import type { Mask } from '../images/cut-out.ts';
import type { Ort } from '../runtime/onnx-runtime.ts';
import { referenceData } from '../testing/reference/folder-files.ts';
import { nodeBackend } from '../testing/gpu/node-backend.ts';
import { findReferenceJson, readWeightFile, tensorBytes } from '../testing/reference/reference-file.ts';
import { openBackgroundRemoval } from './background-removal.ts';
import { Cutter } from './cutter.ts';
import type { NetworkFiles } from './network-files.ts';
import { openPointSelection } from './point-selection.ts';

const site = join(import.meta.dirname, '../../public');
const { names } = z.object({ names: z.array(z.string()) }).parse(await findReferenceJson('cut-out/networks.json'));
const points = z
  .record(z.string(), z.array(z.object({ x: z.number(), y: z.number(), isSubject: z.boolean() })))
  .parse(await findReferenceJson('cut-out/points.json'));
const found = await readWeightFile('cut-out/networks.safetensors');
const pointed = await readWeightFile('cut-out/points.safetensors');

let ort: Ort;
beforeAll(async () => {
  ({ ort } = await nodeBackend('wasm'));
});

async function filesOf(id: CutOutNetworkId, folder: string): Promise<NetworkFiles> {
  const files = new Map<string, Blob>();
  for (const path of cutOutNetworks[id].files) files.set(path, new Blob([await readFile(join(folder, path))]));
  return files;
}
const picturebook = () => filesOf('picturebook', join(site, cutOutNetworks.picturebook.from.folder));

function picture({ shape, bytes }: ReturnType<typeof tensorBytes>): Pixels {
  const [height = 0, width = 0] = shape;
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  for (const [index, value] of bytes.entries()) data[Math.floor(index / 3) * 4 + (index % 3)] = value;
  return { width, height, data };
}

/** Differences in units of one 8-bit step. */
function expectMask(mask: Mask, { shape, bytes }: ReturnType<typeof tensorBytes>): void {
  expect([mask.height, mask.width]).toEqual(shape);
  const steps = Array.from(bytes, (value, index) => Math.abs(value - (mask.data[index] ?? NaN)));
  expect(Math.max(...steps)).toBeLessThanOrEqual(1);
  expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeLessThan(0.05);
}

describe('transformers.js on the app’s runtime, with files of the app', () => {
  it.each(names)('finds what ONNX Runtime finds in Python: %s', async (name) => {
    const network = await openBackgroundRemoval(ort, 'picturebook', cutOutNetworks.picturebook, await picturebook());
    expectMask(
      await network.find(picture(tensorBytes(found, `${name}.picture`))),
      tensorBytes(found, `${name}.alphas`),
    );
  });

  it.each(Object.keys(points))('finds what SAM finds in transformers: %s point(s)', async (name) => {
    const files = await filesOf('slimsam', join(referenceData, 'cut-out/sam'));
    const network = await openPointSelection(ort, 'slimsam', cutOutNetworks.slimsam, files);
    const mask = await network.find(picture(tensorBytes(pointed, 'picture')), 'a', points[name] ?? []);
    expectMask(mask, tensorBytes(pointed, `${name}.mask`));
  });

  it('looks at a picture once for all points that are set on it', async () => {
    const files = await filesOf('slimsam', join(referenceData, 'cut-out/sam'));
    const network = await openPointSelection(ort, 'slimsam', cutOutNetworks.slimsam, files);
    const pixels = picture(tensorBytes(pointed, 'picture'));
    const other: Pixels = { ...pixels, data: pixels.data.map((value) => 255 - value) };
    const at = points['one'] ?? [];
    const first = await network.find(pixels, 'a', at);
    expect(await network.find(other, 'a', at)).toEqual(first);
    expect(await network.find(other, 'b', at)).not.toEqual(first);
  });
});

describe('a subject that is to be cut out', () => {
  const first = () => picture(tensorBytes(found, `${names[0] ?? ''}.picture`));

  /** A cutter over the site's own files, some of them replaced. */
  function cutter(pixels: Pixels, replaced: Readonly<Record<string, string>> = {}): Cutter {
    const read = (folder: string, path: string): Promise<string | Buffer<ArrayBuffer>> =>
      replaced[path] === undefined ? readFile(join(site, folder, path)) : Promise.resolve(replaced[path]);
    return new Cutter({
      openSite: (folder) => ({
        name: folder,
        find: async (path) => blobSource(path, new Blob([await read(folder, path)])),
      }),
      openHub: () => Promise.reject(new Error('No hub is asked.')),
      storage: () => Promise.reject(new Error('Nothing is stored.')),
      loadRuntime: () => Promise.resolve(ort),
      decodeImage: () => Promise.resolve(pixels),
      encodeMask: ({ data }) => Promise.resolve(new Blob([Uint8Array.from(data)])),
    });
  }
  const request = (change: { readonly points?: readonly CutOutPoint[] } = {}): CutOutRequest => ({
    image: new Blob(),
    hash: 'a',
    network: 'picturebook',
    points: [],
    mayDownload: false,
    ...change,
  });
  const plain = (value: number): Pixels => ({
    width: 64,
    height: 64,
    data: new Uint8ClampedArray(64 * 64 * 4).fill(value),
  });

  it('gives a mask in the picture’s proportions, its hash, and the square round the subject', async () => {
    const told: string[] = [];
    const { mask, hash, region, size } = await cutter(first()).cutOut(request(), ({ phase }) => told.push(phase));
    const bytes = new Uint8Array(await mask.arrayBuffer());
    expect(bytes.length).toBe(96 * 96);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(size).toEqual({ width: 96, height: 96 });
    const { x, y } = region;
    expect(x + region.size / 2).toBeGreaterThan(20);
    expect(y + region.size / 2).toBeLessThan(76);
    expect(region.size).toBeGreaterThan(48);
    expect(told).toEqual(['look']);
  });

  it('is refused where nothing stands out', async () => {
    await expect(cutter(plain(255)).cutOut(request(), () => undefined)).rejects.toMatchObject({
      code: 'nothing-to-cut-out',
    });
  });

  it.each([
    ['its graph is none', { 'onnx/model.onnx': 'no graph' }],
    ['its config is no JSON', { 'config.json': '{' }],
    ['its preprocessor asks for no size', { 'preprocessor_config.json': '{"size":{"depth":4}}' }],
  ])('is refused with a sentence where %s', async (_, replaced) => {
    const failing = cutter(first(), replaced).cutOut(request(), () => undefined);
    await expect(failing).rejects.toMatchObject({ code: 'bad-cut-out-network' });
  });
});
