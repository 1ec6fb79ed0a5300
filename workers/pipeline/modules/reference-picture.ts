import type { ImageSize, Pixels, Region } from '../../api.ts';
import type { Grid } from '../../graph/modules/look-names.ts';
import { nearestPlaces } from '../../graph/modules/word-maps.ts';
import { composeCutOut, cutOutShares, maskOfAlpha, type Mask } from '../../images/cut-out.ts';
import { fillFrame } from '../../images/fill-frame.ts';
import type { RgbImage } from '../../images/resize.ts';
import type { DecodeImage, PinnedImage } from './subject-picture.ts';

/** A pinned picture in the size of a run, and which of it is the subject. */
interface ReferencePicture {
  readonly picture: RgbImage;
  /** [height · width], of 255 */
  readonly shares: Uint8Array;
}

/** A pixel counts as the subject from this share of it on. */
const half = 128;

/** All of a picture is its subject where nobody cut it out. */
const everything: Mask = { width: 1, height: 1, data: Uint8Array.of(255) };

/**
 * The subject's square at the frame's shorter edge, with what lies beside it along the longer one. Behind a cut-out, and
 * beyond the picture, is its backdrop, else white. Without a cut-out the whole square is the subject.
 * @throws as `decode`
 */
export async function referencePicture(
  { image, hash, region, cutOut }: PinnedImage,
  frame: ImageSize,
  decode: DecodeImage,
): Promise<ReferencePicture> {
  const pixels = await decode(image, hash);
  const mask = cutOut === undefined ? everything : maskOfAlpha(await decode(cutOut.mask, cutOut.hash));
  const square = region ?? squareOf(pixels, cutOut === undefined ? Math.min : Math.max);
  const wide = grown(square, frame);
  const shares = cutOutShares(pixels, mask, wide);
  return {
    picture: fillFrame(composeCutOut(pixels, mask, wide, cutOut?.backdrop ?? 'white'), frame),
    shares: firstChannel(fillFrame(cutOut === undefined ? within(shares, square, wide) : shares, frame)),
  };
}

/** In the picture's middle, as the image processor takes it. */
function squareOf({ width, height }: ImageSize, edge: (a: number, b: number) => number): Region {
  const size = edge(width, height);
  return { x: Math.floor((width - size) / 2), y: Math.floor((height - size) / 2), size };
}

/** So much larger that a part of its middle with the frame's shape still shows all of it. */
function grown({ x, y, size }: Region, { width, height }: ImageSize): Region {
  const larger = (size * Math.max(width, height)) / Math.min(width, height);
  return { x: x - (larger - size) / 2, y: y - (larger - size) / 2, size: larger };
}

/** Shares outside of a square are 0. @param wide the region that they are of */
function within(shares: Pixels, square: Region, wide: Region): Pixels {
  const data = shares.data.slice();
  const [left, top] = [square.x - wide.x, square.y - wide.y];
  const isIn = (place: number, start: number): boolean => place + 0.5 >= start && place + 0.5 <= start + square.size;
  for (let at = 0; at < data.length / 4; at++) {
    const x = at % shares.width;
    if (!isIn(x, left) || !isIn((at - x) / shares.width, top)) data.fill(0, 4 * at, 4 * at + 3);
  }
  return { ...shares, data };
}

function firstChannel({ data }: RgbImage): Uint8Array {
  return Uint8Array.from({ length: data.length / 3 }, (_, index) => data[3 * index] ?? 0);
}

/**
 * The places of a grid that are the subject, the mask taken from the nearest pixel. A subject that is nowhere in sight of
 * the grid has the place where most of it is.
 */
export function subjectPlaces({ picture, shares }: ReferencePicture, grid: Grid): Int32Array<ArrayBuffer> {
  const nearest = nearestPlaces(picture, grid);
  const places = nearest.flatMap((pixel, place) => ((shares[pixel] ?? 0) >= half ? [place] : []));
  return Int32Array.from(places.length > 0 ? places : [placeOfMost(shares, picture, grid)]);
}

function placeOfMost(shares: Uint8Array, { width, height }: ImageSize, grid: Grid): number {
  const sums = new Float64Array(grid.height * grid.width);
  for (const [pixel, share] of shares.entries()) {
    const x = pixel % width;
    const row = Math.floor((((pixel - x) / width) * grid.height) / height);
    const place = row * grid.width + Math.floor((x * grid.width) / width);
    sums[place] = (sums[place] ?? 0) + share;
  }
  return sums.indexOf(sums.reduce((most, sum) => Math.max(most, sum), 0));
}
