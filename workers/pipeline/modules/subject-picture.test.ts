import { describe, expect, it } from 'vitest';

import type { Pixels } from '../../api.ts';
import { subjectKey, subjectPicture, type PinnedImage } from './subject-picture.ts';

const image = new Blob(['image']);
const mask = new Blob(['mask']);
const region = { x: 0, y: 0, size: 2 };
const plain: PinnedImage = { kind: 'picture', image, hash: 'a', region };
const cut: PinnedImage = { ...plain, cutOut: { mask, hash: 'b', backdrop: 'white' } };

const square = (rgba: readonly number[]): Pixels => ({
  width: 2,
  height: 2,
  data: Uint8ClampedArray.from(Array.from({ length: 4 }, () => rgba).flat()),
});
const decode = (blob: Blob): Promise<Pixels> =>
  Promise.resolve(square(blob === mask ? [0, 0, 0, 51] : [55, 155, 255, 255]));

describe('what encoders see of a pinned picture', () => {
  it('is the picture and its region', async () => {
    expect(await subjectPicture(plain, decode)).toEqual({ pixels: square([55, 155, 255, 255]), region });
  });

  it('is the region of a cut-out before its backdrop', async () => {
    expect(await subjectPicture(cut, decode)).toEqual({ pixels: square([215, 235, 255, 255]), region: null });
    expect((await subjectPicture({ ...cut, region: null }, decode)).pixels.width).toBe(2);
  });

  it('is kept under a key of its own for each picture, region, mask and backdrop', () => {
    const { cutOut } = cut;
    const others: readonly PinnedImage[] = [
      plain,
      cut,
      { ...plain, hash: 'c' },
      { ...plain, region: null },
      { ...cut, ...(cutOut && { cutOut: { ...cutOut, hash: 'd' } }) },
      { ...cut, ...(cutOut && { cutOut: { ...cutOut, backdrop: 'blur' } }) },
    ];
    expect(new Set(others.map(subjectKey)).size).toBe(others.length);
  });
});
