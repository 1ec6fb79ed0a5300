import { expect, it } from 'vitest';

import type { Orientation } from './exif-orientation.ts';
import { uprightMatrix } from './turn-upright.ts';

/** Where Pillow's ImageOps.exif_transpose puts the pixels (0, 0) and (2, 0) of a picture of 3 × 2 pixels. */
const expected: readonly (readonly [Orientation, readonly [number, number], readonly [number, number]])[] = [
  [1, [0, 0], [2, 0]],
  [2, [2, 0], [0, 0]],
  [3, [2, 1], [0, 1]],
  [4, [0, 1], [2, 1]],
  [5, [0, 0], [0, 2]],
  [6, [1, 0], [1, 2]],
  [7, [1, 2], [1, 0]],
  [8, [0, 2], [0, 0]],
];

it.each(expected)('a picture with orientation %i is turned as Pillow turns it', (orientation, first, last) => {
  const [a, b, c, d, e, f] = uprightMatrix(orientation, 3, 2);
  /** The pixel that the centre of a stored pixel falls into. */
  const at = (x: number, y: number): readonly number[] => [
    Math.floor(a * (x + 0.5) + c * (y + 0.5) + e),
    Math.floor(b * (x + 0.5) + d * (y + 0.5) + f),
  ];
  expect([at(0, 0), at(2, 0)]).toEqual([first, last]);
});
