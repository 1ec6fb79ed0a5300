import { expect, it } from 'vitest';

import { type Rotations, rotationsOf } from './rotations.ts';

const blocks = Float32Array.of(0, 2, -1, 0.5, 0, 3, 4, -2, 0, 1, 0, 0, 7, 1, 0, 0, 0.25, 1);

const matrixOf = ({ size, entry }: Rotations, rotation: number): number[][] =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (__, column) => entry(rotation, row, column)));

/** NumPy's: s · ((1 + Q)(1 − Q)⁻¹ − 1) + 1, with all Q together no longer than the constraint. */
it.each<readonly [number, number, readonly (readonly (readonly number[])[])[]]>([
  [
    0,
    1,
    [
      [
        [-0.023474178404, 0.995305164319, 0.093896713615],
        [0.882629107981, -0.023474178404, 0.469483568075],
        [0.469483568075, 0.093896713615, -0.8779342723],
      ],
      [
        [-0.957553058677, -0.279650436954, 0.069912609238],
        [0.279650436954, -0.960049937578, -0.009987515605],
        [0.069912609238, 0.009987515605, 0.997503121099],
      ],
    ],
  ],
  [
    2,
    1,
    [
      [
        [0.470391740421, 0.693368587757, -0.545867760594],
        [0.2783896867, 0.470391740421, 0.837395242931],
        [0.837395242931, -0.545867760594, 0.028241725543],
      ],
      [
        [0.017235976884, -0.999235208196, 0.035098715111],
        [0.999235208196, 0.015982451345, -0.035686971721],
        [0.035098715111, 0.035686971721, 0.99874647446],
      ],
    ],
  ],
  [
    100,
    0.5,
    [
      [
        [0.488262910798, 0.49765258216, 0.046948356808],
        [0.441314553991, 0.488262910798, 0.234741784038],
        [0.234741784038, 0.046948356808, 0.06103286385],
      ],
      [
        [0.021223470662, -0.139825218477, 0.034956304619],
        [0.139825218477, 0.019975031211, -0.004993757803],
        [0.034956304619, 0.004993757803, 0.998751560549],
      ],
    ],
  ],
])('with constraint %d and strength %d', (constraint, strength, expected) => {
  const rotations = rotationsOf(blocks, 3, { constraint, strength });
  expect(rotations.count).toBe(2);
  expect([0, 1].map((rotation) => matrixOf(rotations, rotation))).toEqual(
    expected.map((matrix) => matrix.map((row) => row.map((value) => expect.closeTo(value, 9) as number))),
  );
});

it.each([
  [1e8, -3e7, 2e8],
  [3000, 3000, 1],
  [-4000, 5000, 2e7],
  [0, 5e8, -1],
  [0, -4e8, 10],
  [0, 2, -5e8],
])('is a rotation also where numbers are large, for which rows have to be exchanged: %d, %d, %d', (a, b, c) => {
  const large = Float32Array.of(0, a, b, 0, 0, c, 0, 0, 0);
  const matrix = matrixOf(rotationsOf(large, 3, { constraint: 0, strength: 1 }), 0);
  for (const [i, row] of matrix.entries())
    for (const [j, other] of matrix.entries()) {
      const product = row.reduce((sum, value, k) => sum + value * (other[k] ?? Number.NaN), 0);
      expect(product).toBeCloseTo(i === j ? 1 : 0, 6);
    }
});
