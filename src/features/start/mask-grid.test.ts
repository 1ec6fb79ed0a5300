import { describe, expect, it } from 'vitest';

import {
  coverage,
  drawStroke,
  emptyGrid,
  inverted,
  maskOfPixels,
  pixelsOfMask,
  pointInGrid,
  withRectangle,
} from './mask-grid.ts';

const grid = () => emptyGrid({ width: 20, height: 10 });
const hard = { radius: 3, softness: 0, marks: true };
const at = (mask: ReturnType<typeof grid>, x: number, y: number) => mask.data[y * mask.width + x];

describe('a mask', () => {
  it('has the picture’s shape, and is no finer than it must be', () => {
    expect(emptyGrid({ width: 4000, height: 1000 })).toMatchObject({ width: 512, height: 128 });
    expect(emptyGrid({ width: 9000, height: 3 })).toMatchObject({ width: 512, height: 1 });
    expect(coverage(grid())).toBe(0);
  });

  it('is marked along a stroke, round at its ends', () => {
    const mask = grid();
    drawStroke(mask, { x: 5, y: 5 }, { x: 15, y: 5 }, hard);
    expect([at(mask, 10, 5), at(mask, 10, 7), at(mask, 10, 9), at(mask, 2, 5), at(mask, 2, 2)]).toEqual([
      255, 255, 0, 255, 0,
    ]);
  });

  it('keeps what a second stroke touches, and is freed by one that frees', () => {
    const mask = grid();
    drawStroke(mask, { x: 10, y: 5 }, { x: 10, y: 5 }, hard);
    const before = coverage(mask);
    drawStroke(mask, { x: 10, y: 5 }, { x: 10, y: 5 }, { ...hard, softness: 1 });
    expect(coverage(mask)).toBe(before);
    drawStroke(mask, { x: 10, y: 5 }, { x: 10, y: 5 }, { ...hard, radius: 9, marks: false });
    expect(coverage(mask)).toBe(0);
  });

  it('fades towards a soft edge', () => {
    const mask = grid();
    drawStroke(mask, { x: 10.5, y: 5.5 }, { x: 10.5, y: 5.5 }, { radius: 4, softness: 1, marks: true });
    expect([at(mask, 10, 5), at(mask, 12, 5), at(mask, 14, 5)]).toEqual([255, 128, 0]);
  });

  it('takes strokes that begin outside', () => {
    const mask = grid();
    drawStroke(mask, { x: -50, y: -50 }, { x: 2, y: 2 }, hard);
    expect(at(mask, 0, 0)).toBe(255);
  });

  it('takes rectangles, also beyond its edge, and can be inverted', () => {
    const mask = withRectangle(grid(), { x: 10, y: -5, width: 90, height: 90 }, true);
    expect(coverage(mask)).toBe(0.5);
    expect([at(inverted(mask), 0, 0), at(inverted(mask), 15, 5)]).toEqual([255, 0]);
    expect(coverage(withRectangle(mask, { x: 0, y: 0, width: 20, height: 10 }, false))).toBe(0);
  });

  it('is the same after it was a picture', () => {
    const mask = withRectangle(grid(), { x: 3, y: 3, width: 4, height: 2 }, true);
    expect(maskOfPixels(pixelsOfMask(mask))).toEqual(mask);
  });
});

it('a point of the frame is found in a picture whose sides are cut off', () => {
  const frame = { width: 100, height: 100 };
  expect(pointInGrid({ x: 0, y: 0 }, frame, { width: 20, height: 10 })).toEqual({ x: 5, y: 0 });
  expect(pointInGrid({ x: 100, y: 50 }, frame, { width: 20, height: 10 })).toEqual({ x: 15, y: 5 });
});
