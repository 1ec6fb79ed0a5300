import { describe, expect, it } from 'vitest';
import { areaAround, areaStyle, areaWith, arrowStep, movedArea, resizedArea } from './area-geometry.ts';

const area = { x: 0.2, y: 0.3, width: 0.4, height: 0.5 };

describe('a place on the picture', () => {
  it('begins around the point where the marker was dropped, inside the picture', () => {
    expect(areaAround({ x: 0.5, y: 0.6 })).toEqual({ x: 0.3, y: 0.4, width: 0.4, height: 0.4 });
    expect(areaAround({ x: 0.05, y: 0.99 })).toEqual({ x: 0, y: 0.6, width: 0.4, height: 0.4 });
  });

  it('is moved as far as the picture’s edges, and keeps its size', () => {
    expect(movedArea(area, { x: 0.1, y: -0.1 })).toEqual({ ...area, x: 0.3, y: 0.2 });
    expect(movedArea(area, { x: 9, y: -9 })).toEqual({ ...area, x: 0.6, y: 0 });
  });

  it.each([
    ['right and bottom', { x: 1, y: 1 }, { x: 0.1, y: 0.1 }, { x: 0.2, y: 0.3, width: 0.5, height: 0.6 }],
    ['left and top', { x: -1, y: -1 }, { x: 0.1, y: -0.1 }, { x: 0.3, y: 0.2, width: 0.3, height: 0.6 }],
    ['the right alone', { x: 1, y: 0 }, { x: 0.1, y: 0.1 }, { x: 0.2, y: 0.3, width: 0.5, height: 0.5 }],
    ['over the picture’s edge', { x: 1, y: 1 }, { x: 9, y: 9 }, { x: 0.2, y: 0.3, width: 0.8, height: 0.7 }],
    ['to nothing', { x: -1, y: 1 }, { x: 9, y: -9 }, { x: 0.5375, y: 0.3, width: 0.0625, height: 0.0625 }],
  ] as const)('is sized at %s, and stays where it is at the other side', (_, grip, by, expected) => {
    expect(resizedArea(area, grip, by)).toEqual(expected);
  });

  it('takes numbers, which give way at the picture’s edges', () => {
    expect(areaWith(area, { x: 0.9 })).toEqual({ ...area, x: 0.6 });
    expect(areaWith(area, { width: 1 })).toEqual({ ...area, x: 0, width: 1 });
    expect(areaWith(area, { height: 0 })).toEqual({ ...area, height: 0.0625 });
  });

  it('moves by arrow keys alone', () => {
    expect(arrowStep('ArrowUp')).toEqual({ x: 0, y: -0.02 });
    expect(arrowStep('Enter')).toBeNull();
  });

  it('is drawn in percent of the picture', () => {
    expect(areaStyle({ x: 1 / 3, y: 0, width: 0.5, height: 1 })).toEqual({
      left: '33.3333%',
      top: '0%',
      width: '50%',
      height: '100%',
    });
  });
});
