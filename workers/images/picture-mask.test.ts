import { describe, expect, it } from 'vitest';

import type { Pixels } from '../api.ts';
import { entry } from '../testing/reference/reference-case.ts';
import { readTensorFile, readWeightFile, tensorBytes } from '../testing/reference/reference-file.ts';
import { hardMask, latentMask, pasteMarked, readMask, withoutMarked } from './picture-mask.ts';

const grey = (levels: readonly number[], width: number): Pixels => ({
  width,
  height: levels.length / width,
  data: new Uint8ClampedArray(levels.flatMap((level) => [level, level, level, 255])),
});

const files = await readWeightFile('masks/masks.safetensors');
const expected = await readTensorFile('masks/masks.safetensors');

describe('a mask file', () => {
  it.each(['same-size', 'larger', 'smaller', 'another-shape', 'coloured', 'transparent'])(
    'is resized as diffusers’ mask processor does it: %s',
    (name) => {
      const { shape, bytes } = tensorBytes(files, `${name}.rgba`);
      const [height = 0, width = 0] = shape;
      const frame = { width: 48, height: 32 };
      const mask = readMask({ width, height, data: new Uint8ClampedArray(bytes.buffer) }, frame, frame);
      const { values } = entry(expected, `${name}.mask`);
      expect(mask.length).toBe(values.length);
      // Composing what is half transparent rounds another way in Pillow.
      const limit = name === 'transparent' ? 1.5 / 255 : 1e-6;
      expect(values.findIndex((value, index) => Math.abs(value - (mask[index] ?? NaN)) > limit)).toBe(-1);
    },
  );
});

describe('a mask', () => {
  it('is read as shares of what is made again, soft edges too', () => {
    const size = { width: 3, height: 1 };
    expect([...readMask(grey([0, 51, 255], 3), size, size)]).toEqual([0, Math.fround(0.2), 1]);
  });

  it('lies over the whole picture, whatever its size and shape', () => {
    const frame = { width: 2, height: 2 };
    expect([...readMask(grey([255, 0, 255, 0], 2), { width: 400, height: 401 }, frame)]).toEqual([1, 0, 1, 0]);
    expect([...readMask(grey([255, 0], 2), { width: 4, height: 4 }, frame)]).toEqual([1, 0, 1, 0]);
  });

  it('is cut where its picture is cut', () => {
    const mask = grey([0, 0, 0, 255, 0, 0, 0, 0], 8);
    expect([...readMask(mask, { width: 8, height: 2 }, { width: 2, height: 2 })]).toEqual([1, 0, 1, 0]);
  });

  it('marks nothing where it is transparent, whatever colour lies there', () => {
    const size = { width: 2, height: 1 };
    const mask = { ...size, data: Uint8ClampedArray.of(255, 255, 255, 0, 255, 255, 255, 255) };
    expect([...readMask(mask, size, size)]).toEqual([0, 1]);
  });

  it('has for a latent pixel what its first pixel has, as diffusers takes it', () => {
    const mask = Float32Array.of(1, 0, 0.2, 1, 0, 0, 0, 0);
    expect([...latentMask(mask, { width: 4, height: 2 }, 2)]).toEqual([1, Math.fround(0.2)]);
  });

  it('that is too small for any latent pixel is refused', () => {
    expect(() => latentMask(Float32Array.of(0, 1, 1, 1), { width: 2, height: 2 }, 2)).toThrow(/too little/u);
  });

  it('is hard for networks that read it', () => {
    expect([...hardMask(Float32Array.of(0.49, 0.5, 1))]).toEqual([0, 1, 1]);
    expect([...withoutMarked(Float32Array.of(0.3, -0.3, 0.9, 1, 1, 1), Float32Array.of(0, 1))]).toEqual(
      [0.3, 0, 0.9, 0, 1, 0].map(Math.fround),
    );
  });

  it('leaves what it does not mark, to the pixel, and mixes at soft edges', () => {
    const original = { width: 3, height: 1, data: Uint8Array.of(10, 20, 30, 10, 20, 30, 10, 20, 30) };
    const { data } = pasteMarked(grey([110, 110, 110], 3), original, Float32Array.of(0, 0.5, 1));
    expect([...data]).toEqual([10, 20, 30, 255, 60, 65, 70, 255, 110, 110, 110, 255]);
  });
});
