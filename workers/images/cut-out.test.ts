import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { backdrops, type Pixels } from '../api.ts';
import { findReferenceJson, readWeightFile, tensorBytes } from '../testing/reference/reference-file.ts';
import { composeCutOut, maskOfAlpha, type Mask } from './cut-out.ts';
import { coverage, regionOfMask } from './mask-region.ts';

const square = z.object({ x: z.number(), y: z.number(), size: z.number() });
const cases = z
  .object({ regions: z.record(z.string(), square), squares: z.record(z.string(), square) })
  .parse(await findReferenceJson('cut-out/cases.json'));
const tensors = await readWeightFile('cut-out/pictures.safetensors');

function picture(): Pixels {
  const { shape, bytes } = tensorBytes(tensors, 'picture');
  return { height: shape[0] ?? 0, width: shape[1] ?? 0, data: new Uint8ClampedArray(bytes.buffer) };
}

function mask(name: string): Mask {
  const { shape, bytes } = tensorBytes(tensors, `${name}.mask`);
  return { height: shape[0] ?? 0, width: shape[1] ?? 0, data: bytes };
}

const maskNames = Object.keys(cases.squares);
const combinations = maskNames.flatMap((name) =>
  Object.keys(cases.regions).flatMap((place) => backdrops.map((backdrop) => ({ name, place, backdrop }))),
);

describe('a subject that is cut out', () => {
  it.each(combinations)('$name mask, $place, on $backdrop: as Pillow and torch compose it', (combination) => {
    const { name, place, backdrop } = combination;
    const region = cases.regions[place] ?? { x: 0, y: 0, size: 1 };
    const composed = composeCutOut(picture(), mask(name), region, backdrop);
    const { bytes, shape } = tensorBytes(tensors, `${name}.${place}.${backdrop}`);
    expect([composed.height, composed.width, 3]).toEqual(shape);
    const far = bytes.filter((value, index) => {
      const at = Math.floor(index / 3) * 4 + (index % 3);
      return Math.abs((composed.data[at] ?? 0) - value) > 1;
    });
    expect(far.length).toBe(0);
    expect(composed.data.filter((_, index) => index % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it.each(maskNames)('%s mask: the square round it leaves a margin', (name) => {
    expect(regionOfMask(mask(name), picture())).toEqual(cases.squares[name]);
  });

  it('has no square where the mask shows nothing', () => {
    const empty: Mask = { width: 4, height: 4, data: new Uint8Array(16).fill(127) };
    expect(regionOfMask(empty, { width: 40, height: 40 })).toBeNull();
    expect(coverage(empty)).toBe(0);
  });

  it('has a square larger than the picture where it fills the longer side', () => {
    const wide: Mask = { width: 20, height: 10, data: new Uint8Array(200).fill(255) };
    expect(regionOfMask(wide, { width: 200, height: 100 })).toEqual({ x: -10, y: -60, size: 220 });
    expect(coverage(wide)).toBe(1);
  });

  it('is masked by the alpha channel of a picture', () => {
    const data = new Uint8ClampedArray([9, 9, 9, 1, 8, 8, 8, 254]);
    expect(maskOfAlpha({ width: 2, height: 1, data })).toEqual({ width: 2, height: 1, data: Uint8Array.of(1, 254) });
  });
});
