import { describe, expect, it } from 'vitest';

import type { Pixels } from '../../api.ts';
import { referencePicture, subjectPlaces } from './reference-picture.ts';
import type { PinnedImage } from './subject-picture.ts';

/** Grey, and of this opacity at each pixel. */
function pixels(width: number, height: number, alphaAt: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(4 * width * height).fill(60);
  for (let at = 0; at < width * height; at++) data[4 * at + 3] = alphaAt(at % width, Math.floor(at / width));
  return { width, height, data };
}

const [photo, mask] = [new Blob(['photo']), new Blob(['mask'])];
const decode = (blob: Blob): Promise<Pixels> =>
  Promise.resolve(blob === photo ? pixels(32, 16, () => 255) : pixels(32, 16, (x) => (x >= 20 ? 255 : 0)));
const pinned = (more: Partial<PinnedImage> = {}): PinnedImage => ({
  kind: 'picture',
  image: photo,
  hash: 'a',
  region: null,
  ...more,
});
const cutOut = { mask, hash: 'b', backdrop: 'white' } as const;

describe('a pinned picture as a reference', () => {
  it('is its middle square, all of which is the subject', async () => {
    const seen = await referencePicture(pinned(), { width: 16, height: 16 }, decode);
    expect(seen.picture).toMatchObject({ width: 16, height: 16 });
    expect([...subjectPlaces(seen, { height: 2, width: 2 })]).toEqual([0, 1, 2, 3]);
  });

  it('has beside it in a wide frame what lies beside it in the photo, which is not the subject', async () => {
    const seen = await referencePicture(pinned(), { width: 32, height: 16 }, decode);
    expect(seen.picture.data[0]).toBe(60);
    expect([...subjectPlaces(seen, { height: 1, width: 4 })]).toEqual([1, 2]);
  });

  it('lies on white in a high frame, beyond the photo’s edge', async () => {
    const seen = await referencePicture(pinned(), { width: 16, height: 32 }, decode);
    expect(seen.picture.data[0]).toBe(255);
    expect([...subjectPlaces(seen, { height: 4, width: 1 })]).toEqual([1, 2]);
  });

  it('that is cut out is the subject alone, before its backdrop', async () => {
    const seen = await referencePicture(pinned({ cutOut }), { width: 16, height: 16 }, decode);
    expect(seen.picture.data[0]).toBe(255);
    const places = [...subjectPlaces(seen, { height: 4, width: 4 })];
    expect(places).toEqual([7, 11]);
  });

  it('of which a grid sees nothing has the place where most of it is', async () => {
    const region = { x: 0, y: 0, size: 21 };
    const seen = await referencePicture(pinned({ cutOut, region }), { width: 21, height: 21 }, decode);
    expect([...subjectPlaces(seen, { height: 1, width: 3 })]).toEqual([2]);
  });
});
