import { describe, expect, it } from 'vitest';

import { areaAt } from './picture-areas.ts';

const row = (values: Float32Array, width: number, index: number): number[] => [
  ...values.subarray(index * width, (index + 1) * width),
];

describe('an area at a grid', () => {
  it('that nobody drew is everywhere', () => {
    expect([...areaAt(null, { height: 2, width: 3 })]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('is 1 inside, 0 outside, and fades in between', () => {
    const area = areaAt({ x: 0.25, y: 0.25, width: 0.5, height: 0.5 }, { height: 64, width: 64 });
    const middle = row(area, 64, 32);
    expect(middle.slice(0, 14)).toEqual(new Array<number>(14).fill(0));
    expect(middle.slice(18, 46)).toEqual(new Array<number>(28).fill(1));
    expect((middle[15] ?? 0) + (middle[16] ?? 0)).toBeCloseTo(1, 5);
    expect(row(area, 64, 0).every((share) => share === 0)).toBe(true);
  });

  it('does not fade at the edge of the picture', () => {
    const area = areaAt({ x: 0, y: 0, width: 0.5, height: 1 }, { height: 8, width: 16 });
    expect(row(area, 16, 0).slice(0, 7)).toEqual(new Array<number>(7).fill(1));
    expect(area[15]).toBe(0);
  });

  it('has the same extent at every grid, also at an odd one', () => {
    for (const grid of [
      { height: 64, width: 64 },
      { height: 8, width: 8 },
      { height: 5, width: 7 },
    ]) {
      const area = areaAt({ x: 0.1, y: 0.3, width: 0.5, height: 0.4 }, grid);
      const share = area.reduce((sum, value) => sum + value, 0) / area.length;
      expect(share).toBeCloseTo(0.2, 2);
    }
  });

  it('smaller than a place of the grid is still there', () => {
    const area = areaAt({ x: 0.5, y: 0.5, width: 0.05, height: 0.05 }, { height: 8, width: 8 });
    expect(Math.max(...area)).toBeGreaterThan(0);
  });
});
