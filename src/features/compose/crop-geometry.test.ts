import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestZoom, regionStyle, wholeRegion } from './crop-geometry.ts';
import { centredSquare } from './pins.ts';

describe('the square region of a picture', () => {
  it('starts as the largest centred square', () => {
    expect(centredSquare({ width: 400, height: 300 })).toEqual({ x: 50, y: 0, size: 300 });
    expect(centredSquare({ width: 301, height: 400 })).toEqual({ x: 0, y: 49, size: 301 });
  });

  it('always lies inside the picture, in whole pixels', () => {
    const edge = fc.integer({ min: 1, max: 5000 });
    const offset = fc.double({ min: -100, max: 6000, noNaN: true });
    fc.assert(
      fc.property(edge, edge, offset, offset, fc.double({ min: 0, max: 6000, noNaN: true }), (width, height, x, y, size) => {
        const region = wholeRegion({ x, y, width: size, height: size }, { width, height });
        const inside = region.x >= 0 && region.y >= 0 && region.x + region.size <= width && region.y + region.size <= height;
        return inside && region.size >= 1 && [region.x, region.y, region.size].every(Number.isInteger);
      }),
    );
  });

  it('fills its box', () => {
    expect(regionStyle({ width: 400, height: 300, region: { x: 50, y: 100, size: 200 } })).toEqual({
      width: '200%', height: '150%', left: '-25%', top: '-50%',
    });
  });

  it('cannot be made smaller than a few pixels', () => {
    expect(largestZoom({ width: 64, height: 640 })).toBe(4);
    expect(largestZoom({ width: 8, height: 8 })).toBe(1);
  });
});
