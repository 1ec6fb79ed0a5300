import { describe, expect, it } from 'vitest';

import type { Mask } from '../images/cut-out.ts';
import { maskOfPicture } from './mask-pixels.ts';
import { regionOfSubject } from './subject-region.ts';

/** @param share of its rows that show something */
const mask = (share: number): Mask => ({
  width: 100,
  height: 100,
  data: new Uint8Array(10_000).map((_, pixel) => (pixel < share * 10_000 ? 255 : 0)),
});
const picture = { width: 200, height: 200 };

describe('a mask that is of no use', () => {
  it.each([
    ['nothing', 0, false, /Nothing that stands out/],
    ['a speck', 0.001, false, /Nothing that stands out/],
    ['nothing where the person pointed', 0, true, /Nothing was found at these points/],
    ['everything', 1, false, /All of the picture/],
    ['nearly everything', 0.99, true, /All of the picture/],
  ])('%s is refused with a sentence', (_, share, wasPointedAt, sentence) => {
    expect(() => regionOfSubject(mask(share), picture, wasPointedAt)).toThrow(sentence);
  });

  it('is none where it shows half of the picture', () => {
    expect(regionOfSubject(mask(0.5), picture, false)).toEqual({ x: -10, y: -60, size: 220 });
  });
});

describe('the mask that is kept', () => {
  it.each([
    ['a small picture', { width: 50, height: 25 }, { width: 50, height: 25 }],
    ['a large picture', { width: 3000, height: 1500 }, { width: 1024, height: 512 }],
  ])('has the proportions of %s, and is no larger than what a network sees', (_, of, size) => {
    expect(maskOfPicture(mask(0.5), of)).toMatchObject(size);
  });
});
