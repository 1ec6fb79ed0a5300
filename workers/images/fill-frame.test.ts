import { expect, it } from 'vitest';

import type { Pixels } from '../api.ts';
import { fillFrame } from './fill-frame.ts';

/** Every pixel of a column has one level of red. */
const columns = (levels: readonly number[], height: number, alpha = 255): Pixels => ({
  width: levels.length,
  height,
  data: new Uint8ClampedArray(
    Array.from({ length: height }, () => levels.flatMap((level) => [level, 0, 0, alpha])).flat(),
  ),
});

const reds = (pixels: Pixels, frame: { width: number; height: number }): number[] => [
  ...fillFrame(pixels, frame).data.filter((_, index) => index % 3 === 0),
];

it('a picture of the frame’s size is left as it is', () => {
  expect(reds(columns([10, 20], 2), { width: 2, height: 2 })).toEqual([10, 20, 10, 20]);
});

it('what sticks out on two sides is cut off, evenly', () => {
  expect(reds(columns([1, 10, 20, 2], 2), { width: 2, height: 2 })).toEqual([10, 20, 10, 20]);
  expect(reds(columns([10, 20], 6), { width: 2, height: 2 })).toHaveLength(4);
});

it('what is transparent is seen on white', () => {
  expect(reds(columns([10, 20], 1, 0), { width: 2, height: 1 })).toEqual([255, 255]);
});

it('a strip of one pixel fills any frame', () => {
  expect(new Set(reds(columns(new Array<number>(900).fill(7), 1), { width: 64, height: 64 }))).toEqual(new Set([7]));
});
