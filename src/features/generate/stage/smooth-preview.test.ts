import { expect, test } from 'vitest';

import { smoothPreview } from './smooth-preview.ts';

/** Grey pixels that are opaque. */
function grey(width: number, values: readonly number[]) {
  const data = Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255]));
  return { width, height: values.length / width, data };
}

const greyOf = ({ data }: { readonly data: Uint8ClampedArray }): number[] =>
  [...data].filter((_, index) => index % 4 === 0);

test('a preview of few pixels is drawn four times as large, opaque and of the same colour', () => {
  const { width, height, data } = smoothPreview(grey(3, [90, 90, 90, 90, 90, 90]));
  expect([width, height]).toEqual([12, 8]);
  expect(new Set(greyOf({ data }))).toEqual(new Set([90]));
  expect(new Set([...data].filter((_, index) => index % 4 === 3))).toEqual(new Set([255]));
});

// scipy.ndimage.map_coordinates([0, 240, 30], (arange(12) + .5) / 4 - .5, order=3, prefilter=False, mode='nearest')
const byScipy = [10, 27, 57, 96, 134, 160, 164, 145, 113, 80, 53, 39];

test('it is the cubic B-spline of the pixels, across and down', () => {
  const across = greyOf(smoothPreview(grey(3, [0, 240, 30])));
  for (const row of [0, 1, 2, 3]) expect(across.slice(12 * row, 12 * (row + 1))).toEqual(byScipy);
  const down = greyOf(smoothPreview(grey(1, [0, 240, 30])));
  expect(down.filter((_, index) => index % 4 === 0)).toEqual(byScipy);
});

test.each([
  [64, 256],
  [128, 256],
  [129, 129],
  [512, 512],
])('a preview %d wide is drawn %d wide', (from, to) => {
  expect(smoothPreview(grey(from, new Array<number>(from).fill(7))).width).toBe(to);
});
