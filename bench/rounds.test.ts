import { describe, expect, it } from 'vitest';

import { decibels, interleave, median, ratio, spread } from './rounds.ts';

describe('figures', () => {
  it('are medians, of even and of odd counts', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('tell the spread as a share of the median', () => {
    expect(spread([8, 10, 13])).toBe(0.5);
  });

  it('compare round by round', () => {
    expect(ratio([1, 20, 3], [2, 20, 4])).toBe(0.75);
  });

  it('tell how alike two results are', () => {
    expect(decibels(Float32Array.of(0, 1), Float32Array.of(0, 1))).toBe(Infinity);
    expect(decibels(Float32Array.of(0, 1), Float32Array.of(0.1, 0.9))).toBeCloseTo(20, 4);
  });
});

it('contestants take turns, after a run of each that is not counted', async () => {
  const order: string[] = [];
  const contestant = (name: string) => ({
    name,
    run: () => {
      order.push(name);
      return Promise.resolve(Float32Array.of(order.length));
    },
  });
  const results = await interleave([contestant('a'), contestant('b')], 2);
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(results.map(({ name, costs, last }) => [name, costs.length, last[0]])).toEqual([
    ['a', 2, 5],
    ['b', 2, 6],
  ]);
});
