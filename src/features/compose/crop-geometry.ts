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

/** Rounds what the cropper reports to whole pixels inside the picture. */
export function wholeRegion(
  area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  picture: Pick<PinnedPicture, 'width' | 'height'>,
): Region {
  const edge = Math.min(picture.width, picture.height);
  const size = Math.max(1, Math.min(edge, Math.round(Math.min(area.width, area.height))));
  const clamp = (value: number, room: number): number => Math.min(room, Math.max(0, Math.round(value)));
  return { x: clamp(area.x, picture.width - size), y: clamp(area.y, picture.height - size), size };
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
