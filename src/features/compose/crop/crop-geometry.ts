import { activeCutOut, type PinnedPicture } from '../pins/pins.ts';

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

/** What a region can be chosen from, in pixels of the picture: it, or for a cut-out the room round it too. */
interface CropFrame extends Size {
  readonly x: number;
  readonly y: number;
}

/** Edge of the frame of a cut-out, in longer edges of its picture. */
const roomAround = 1.25;

export function cropFrame(picture: Size & Pick<PinnedPicture, 'cutOut'>): CropFrame {
  const { width, height } = picture;
  if (activeCutOut(picture) === null) return { x: 0, y: 0, width, height };
  const edge = Math.max(seenEdge(picture), Math.ceil(roomAround * Math.max(width, height)));
  return { x: Math.round((width - edge) / 2), y: Math.round((height - edge) / 2), width: edge, height: edge };
}

/** Edge of a square round the picture's middle that holds the region of its cut-out. */
function seenEdge({ width, height, cutOut }: Size & Pick<PinnedPicture, 'cutOut'>): number {
  if (cutOut === undefined) return 0;
  const { x, y, size } = cutOut.region;
  const reach = Math.max(width / 2 - x, x + size - width / 2, height / 2 - y, y + size - height / 2);
  return Math.ceil(2 * reach);
}

/** The region in the frame's own pixels. */
export function regionInFrame({ x, y, size }: Region, frame: CropFrame): Region {
  return { x: x - frame.x, y: y - frame.y, size };
}

/** The other way round. */
export function regionOfFrame({ x, y, size }: Region, frame: CropFrame): Region {
  return { x: x + frame.x, y: y + frame.y, size };
}

/** Style of an img of the whole picture in its frame, in percent of it. */
export function pictureInFrame(
  picture: Size,
  frame: CropFrame,
): { readonly left: string; readonly top: string; readonly width: string; readonly height: string } {
  const percent = (value: number, whole: number): string => `${(100 * value) / whole}%`;
  return {
    left: percent(-frame.x, frame.width),
    top: percent(-frame.y, frame.height),
    width: percent(picture.width, frame.width),
    height: percent(picture.height, frame.height),
  };
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

/** Style of an img of the picture that shows only what the mask, an alpha channel over all of it, lets through. */
export function maskStyle(url: string): {
  readonly maskImage: string;
  readonly maskSize: string;
  readonly maskRepeat: string;
} {
  return { maskImage: `url("${url}")`, maskSize: '100% 100%', maskRepeat: 'no-repeat' };
}
