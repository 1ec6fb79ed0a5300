import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cropFrame,
  largestZoom,
  movedRegion,
  pictureInFrame,
  placeOfZoom,
  regionInFrame,
  regionOfFrame,
  regionPlace,
  regionStyle,
  resizedRegion,
  zoomAt,
} from './crop-geometry.ts';
import { centredSquare } from '../pins/pins.ts';

it('a cut-out is cropped in a frame that leaves room round its picture', () => {
  const picture = { width: 200, height: 100 };
  const region = { x: -20, y: -70, size: 240 };
  const cutOut = { mask: 'm', backdrop: 'grey', region, isOn: true } as const;
  expect(cropFrame(picture)).toEqual({ x: 0, y: 0, ...picture });
  expect(cropFrame({ ...picture, cutOut: { ...cutOut, isOn: false } })).toEqual({ x: 0, y: 0, ...picture });
  const frame = cropFrame({ ...picture, cutOut });
  expect(frame).toEqual({ x: -25, y: -75, width: 250, height: 250 });
  expect(regionInFrame(region, frame)).toEqual({ x: 5, y: 5, size: 240 });
  expect(regionOfFrame(regionInFrame(region, frame), frame)).toEqual(region);
  expect(pictureInFrame(picture, frame)).toEqual({ left: '10%', top: '30%', width: '80%', height: '40%' });
  const far = { ...cutOut, region: { ...region, x: -100 } };
  expect(cropFrame({ ...picture, cutOut: far })).toEqual({ x: -100, y: -150, width: 400, height: 400 });
});

describe('the square region of a picture', () => {
  it('starts as the largest centred square', () => {
    expect(centredSquare({ width: 400, height: 300 })).toEqual({ x: 50, y: 0, size: 300 });
    expect(centredSquare({ width: 301, height: 400 })).toEqual({ x: 0, y: 49, size: 301 });
  });

  it('always lies inside the picture, in whole pixels', () => {
    const edge = fc.integer({ min: 1, max: 5000 });
    const offset = fc.double({ min: -100, max: 6000, noNaN: true });
    fc.assert(
      fc.property(
        edge,
        edge,
        offset,
        offset,
        fc.double({ min: 0, max: 6000, noNaN: true }),
        (width, height, x, y, size) => {
          const picture = { width, height };
          const region = movedRegion(resizedRegion(centredSquare(picture), size, picture), x, y, picture);
          const inside =
            region.x >= 0 && region.y >= 0 && region.x + region.size <= width && region.y + region.size <= height;
          return inside && region.size >= 1 && [region.x, region.y, region.size].every(Number.isInteger);
        },
      ),
    );
  });

  it('keeps its middle while it is made larger or smaller, where the picture lets it', () => {
    const picture = { width: 400, height: 300 };
    expect(resizedRegion({ x: 100, y: 100, size: 100 }, 50, picture)).toEqual({ x: 125, y: 125, size: 50 });
    expect(resizedRegion({ x: 0, y: 0, size: 100 }, 200, picture)).toEqual({ x: 0, y: 0, size: 200 });
    expect(resizedRegion({ x: 0, y: 0, size: 100 }, 9999, picture).size).toBe(300);
  });

  it('has its place on the whole picture', () => {
    expect(regionPlace({ x: 100, y: 75, size: 150 }, { width: 400, height: 300 })).toEqual({
      left: '25%',
      top: '25%',
      width: '37.5%',
      height: '50%',
    });
  });

  it('fills its box', () => {
    expect(regionStyle({ width: 400, height: 300, region: { x: 50, y: 100, size: 200 } })).toEqual({
      width: '200%',
      height: '150%',
      left: '-25%',
      top: '-50%',
    });
  });

  it('is zoomed by the same factor over each part of the slider', () => {
    expect([0, 0.5, 1].map((place) => zoomAt(place, 9))).toEqual([1, 3, 9]);
    for (const place of [0, 0.5, 1]) expect(placeOfZoom(zoomAt(place, 9), 9)).toBeCloseTo(place);
    expect(placeOfZoom(1, 1)).toBe(0);
  });

  it('cannot be made smaller than a few pixels', () => {
    expect(largestZoom({ width: 64, height: 640 })).toBe(4);
    expect(largestZoom({ width: 8, height: 8 })).toBe(1);
  });
});
