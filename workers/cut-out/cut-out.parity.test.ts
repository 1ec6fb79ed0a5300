import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Pixels } from '../api.ts';
import { cutOutNetworks, type CutOutNetworkId } from '../contract/cut-out-networks.ts';
import type { Mask } from '../images/cut-out.ts';
import { nodeBackend } from '../testing/node-backend.ts';
import { findReferenceJson, readWeightFile, tensorBytes } from '../testing/reference-file.ts';
import { openBackgroundRemoval } from './background-removal.ts';
import type { NetworkFiles } from './network-files.ts';

const root = join(import.meta.dirname, '../..');
const cases = z.object({ names: z.array(z.string()) }).parse(await findReferenceJson('cut-out/networks.json'));
const tensors = await readWeightFile('cut-out/networks.safetensors');

async function filesOf(id: CutOutNetworkId, folder: string): Promise<NetworkFiles> {
  const files = new Map<string, Blob>();
  for (const path of cutOutNetworks[id].files) files.set(path, new Blob([await readFile(join(folder, path))]));
  return files;
}

function picture(name: string): Pixels {
  const { shape, bytes } = tensorBytes(tensors, `${name}.picture`);
  const [height = 0, width = 0] = shape;
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  for (const [index, value] of bytes.entries()) data[Math.floor(index / 3) * 4 + (index % 3)] = value;
  return { width, height, data };
}

/** The largest difference in units of one 8-bit step, and the mean one. */
function difference(found: Mask, name: string): { readonly largest: number; readonly mean: number } {
  const { shape, bytes } = tensorBytes(tensors, `${name}.alphas`);
  expect([found.height, found.width]).toEqual(shape);
  const steps = Array.from(bytes, (value, index) => Math.abs(value - (found.data[index] ?? NaN)));
  return { largest: Math.max(...steps), mean: steps.reduce((sum, step) => sum + step, 0) / steps.length };
}

describe('the picture book’s network through transformers.js', async () => {
  const { ort } = await nodeBackend('wasm');
  const folder = join(root, 'public', cutOutNetworks.picturebook.from.folder);
  const files = await filesOf('picturebook', folder);
  const network = await openBackgroundRemoval(ort, 'picturebook', cutOutNetworks.picturebook, files);

  it.each(cases.names)('%s: finds what ONNX Runtime in Python finds', async (name) => {
    const { largest, mean } = difference(await network.find(picture(name)), name);
    expect({ largest: largest <= 1, mean: mean < 0.05, at: [largest, mean] }).toMatchObject({
      largest: true,
      mean: true,
    });
  });
});
