import type { PinnedPicture } from './pins.ts';

type Region = PinnedPicture['region'];

/** Zoom at which the largest square fills the view is 1; the smallest region is this many pixels. */
const smallestRegion = 16;

export function largestZoom({ width, height }: Pick<PinnedPicture, 'width' | 'height'>): number {
  return Math.max(1, Math.min(12, Math.min(width, height) / smallestRegion));
}

/** The zoom at a place of the slider, from 0 to 1: equal ways multiply it equally, so that small zooms are not all in its first bit. */
export function zoomAt(place: number, largest: number): number {
  return largest ** place;
}

export function placeOfZoom(zoom: number, largest: number): number {
  return largest === 1 ? 0 : Math.log(zoom) / Math.log(largest);
}

type Size = Pick<PinnedPicture, 'width' | 'height'>;

const within = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)));

/** The region elsewhere, in whole pixels inside the picture. */
export function movedRegion(region: Region, x: number, y: number, picture: Size): Region {
  const { size } = region;
  return { x: within(region.x + x, picture.width - size), y: within(region.y + y, picture.height - size), size };
}

/** The region with another edge around the same middle, as far as the picture lets it. */
export function resizedRegion(region: Region, wanted: number, picture: Size): Region {
  const size = Math.max(1, Math.min(picture.width, picture.height, Math.round(wanted)));
  const shift = (region.size - size) / 2;
  return movedRegion({ ...region, size }, shift, shift, picture);
}

/** Style of the square on the whole picture, in percent of it. */
export function regionPlace(
  { x, y, size }: Region,
  { width, height }: Size,
): { readonly left: string; readonly top: string; readonly width: string; readonly height: string } {
  const percent = (value: number, whole: number): string => `${(100 * value) / whole}%`;
  return {
    left: percent(x, width),
    top: percent(y, height),
    width: percent(size, width),
    height: percent(size, height),
  };
}

/** Style of an img in a square box that shows the region alone, in percent of the box. */
export function regionStyle({ width, height, region }: Pick<PinnedPicture, 'width' | 'height' | 'region'>): {
  readonly width: string;
  readonly height: string;
  readonly left: string;
  readonly top: string;
} {
  const percent = (value: number): string => `${(100 * value) / region.size}%`;
  return { width: percent(width), height: percent(height), left: percent(-region.x), top: percent(-region.y) };
}
