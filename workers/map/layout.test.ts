import { describe, expect, it } from 'vitest';
import type { MapPoint } from '../contract/subject-map.ts';
import { layoutOf } from './layout.ts';

/** Vectors about one of several directions, far from each other. */
function groups(count: number, each: number): Float32Array[] {
  return Array.from({ length: count * each }, (_, index) => {
    const group = Math.floor(index / each);
    return Float32Array.from({ length: 16 }, (__, axis) => (axis === group ? 1 : 0.05 * Math.sin(7 * index + axis)));
  });
}

const distance = (a: MapPoint | undefined, b: MapPoint | undefined): number =>
  Math.hypot((a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0));

describe('the map', () => {
  it('keeps what is alike together', () => {
    const points = layoutOf(groups(3, 8));
    const alike: number[] = [];
    const unlike: number[] = [];
    for (const [a, point] of points.entries())
      for (const [b, other] of points.entries())
        if (a < b) (Math.floor(a / 8) === Math.floor(b / 8) ? alike : unlike).push(distance(point, other));
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(alike)).toBeLessThan(mean(unlike) / 2);
  });

  it('is the same every time', () => {
    expect(layoutOf(groups(2, 4))).toEqual(layoutOf(groups(2, 4)));
  });

  it.each([5, 6, 15, 16, 17])('of %i subjects fills the unit square', (count) => {
    const points = layoutOf(groups(1, count));
    const values = points.flatMap(({ x, y }) => [x, y]);
    expect(points).toHaveLength(count);
    expect(Math.min(...values)).toBeCloseTo(0);
    expect(Math.max(...values)).toBeCloseTo(1);
  });

  it('holds the same picture several times, and vectors of zeros', () => {
    const same = Array.from({ length: 6 }, () => new Float32Array(16).fill(1));
    const zeros = Array.from({ length: 6 }, () => new Float32Array(16));
    for (const points of [layoutOf(same), layoutOf(zeros)])
      expect(points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  });

  it('asks for five subjects', () => {
    expect(() => layoutOf(groups(1, 4))).toThrow(expect.objectContaining({ code: 'setting-out-of-range' }));
  });
});
