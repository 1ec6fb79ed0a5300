import { describe, expect, it } from 'vitest';

import { linspace32 } from './noise-schedule.ts';
import { interpolate, linspace, roundHalfEven } from './numbers.ts';

describe('numpy.linspace', () => {
  it.each([
    // 49 · (1 / 49) and 0.7 + (0.1 − 0.7) are one digit off.
    [0, 1, 50],
    [0.7, 0.1, 2],
  ])('from %d to %d in %i ends where it should', (start, stop, count) => {
    const values = linspace(start, stop, count);
    expect([values[0], values.at(-1), values.length]).toEqual([start, stop, count]);
  });

  it('of one value is its start', () => {
    expect(linspace(5, 9, 1)).toEqual([5]);
  });
});

describe('torch.linspace in float32, to the last digit', () => {
  it('of an odd number of values', () => {
    expect([...linspace32(2.6, -3.5, 11)]).toEqual([
      2.5999999046325684, 1.9899998903274536, 1.3799998760223389, 0.7699998617172241, 0.15999984741210938,
      -0.44999992847442627, -1.059999942779541, -1.6699999570846558, -2.2799999713897705, -2.8899998664855957, -3.5,
    ]);
  });

  it.each([
    [0, 0.029154758900403976],
    [57, 0.03374155983328819],
    [58, 0.03382203355431557],
    [106, 0.0376846008002758],
    [499, 0.06930939853191376],
    [500, 0.06938986480236053],
    [930, 0.10399205982685089],
    [999, 0.10954450815916061],
  ])('of the roots of Stable Diffusion’s betas, at %i', (index, value) => {
    expect(linspace32(Math.sqrt(0.00085), Math.sqrt(0.012), 1000)[index]).toBe(value);
  });
});

it.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [2.4, 2],
  [2.6, 3],
])('numpy.round(%d) is %d', (value, rounded) => {
  expect(roundHalfEven(value) + 0).toBe(rounded);
});

it.each([
  [-1, 10],
  [0, 10],
  [0.25, 12.5],
  [1.5, 30],
  [2, 40],
  [3, 40],
])('numpy.interp at %d is %d', (index, value) => {
  expect(interpolate([10, 20, 40], index)).toBe(value);
});
