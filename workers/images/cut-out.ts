import type { Backdrop, Pixels, Region } from '../api.ts';
import { resize, type RgbImage } from './resize.ts';

/** How much of each pixel is the subject: 8 bits, row by row, in the proportions of its picture. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const plain: Readonly<Record<Exclude<Backdrop, 'blur'>, number>> = { grey: 128, white: 255 };

/** Edge in pixels of the picture that a blurred backdrop is enlarged from: colours and light, no thing. */
const blurredEdge = 8;

/**
 * The subject before a backdrop: what encoders see of a cut-out.
 * @param region may reach over the edge; there lies the backdrop, and the blurred one goes on with the picture's last pixels
 * @returns [size, size], opaque
 */
export function composeCutOut(picture: Pixels, mask: Mask, region: Region, backdrop: Backdrop): Pixels {
  const whole = wholePixels(region);
  const { size } = whole;
  const part = regionOf(picture, whole);
  const behind = backdrop === 'blur' ? blurred(part.rgb) : null;
  const flat = backdrop === 'blur' ? 0 : plain[backdrop];
  const data = new Uint8ClampedArray(size * size * 4);
  for (const [at, share] of shares(picture, mask, whole, part.alpha).entries()) {
    for (let channel = 0; channel < 3; channel++) {
      const back = behind === null ? flat : (behind.data[at * 3 + channel] ?? 0);
      data[at * 4 + channel] = Math.round(
        (share * (part.rgb.data[at * 3 + channel] ?? 0) + (255 - share) * back) / 255,
      );
    }
    data[at * 4 + 3] = 255;
  }
  return { width: size, height: size, data };
}

/**
 * How much of each pixel of a region is the subject, as composeCutOut shows it: grey, opaque.
 * @returns [size, size]; nothing lies beyond the picture's edge
 */
export function cutOutShares(picture: Pixels, mask: Mask, region: Region): Pixels {
  const whole = wholePixels(region);
  const { size } = whole;
  const data = new Uint8ClampedArray(size * size * 4);
  for (const [at, share] of shares(picture, mask, whole, regionOf(picture, whole).alpha).entries()) {
    data.fill(Math.round(share), at * 4, at * 4 + 3);
    data[at * 4 + 3] = 255;
  }
  return { width: size, height: size, data };
}

function wholePixels({ x, y, size }: Region): Region {
  return { x: Math.round(x), y: Math.round(y), size: Math.max(1, Math.round(size)) };
}

/** Of 255, row by row. @param alpha the picture's own opacity in the region */
function shares(picture: Pixels, mask: Mask, { x, y, size }: Region, alpha: Uint8Array): Float64Array {
  const columns = samplesOf(x, size, picture.width, mask.width);
  const found = new Float64Array(size * size);
  for (const [line, row] of samplesOf(y, size, picture.height, mask.height).entries()) {
    for (const [place, column] of columns.entries()) {
      const at = line * size + place;
      found[at] = row === null || column === null ? 0 : (shareAt(mask, column, row) * (alpha[at] ?? 0)) / 255;
    }
  }
  return found;
}

/** The pixels of a region, its opacity aside. Beyond the edge lie the last pixels. */
function regionOf(
  { width, height, data }: Pixels,
  { x: left, y: top, size }: Region,
): { readonly rgb: RgbImage; readonly alpha: Uint8Array } {
  const rgb = new Uint8Array(size * size * 3);
  const alpha = new Uint8Array(size * size);
  const within = (value: number, length: number): number => Math.min(length - 1, Math.max(0, value));
  for (let y = 0, at = 0; y < size; y++) {
    const line = within(top + y, height) * width;
    for (let x = 0; x < size; x++, at++) {
      const source = (line + within(left + x, width)) * 4;
      rgb[at * 3] = data[source] ?? 0;
      rgb[at * 3 + 1] = data[source + 1] ?? 0;
      rgb[at * 3 + 2] = data[source + 2] ?? 0;
      alpha[at] = data[source + 3] ?? 0;
    }
  }
  return { rgb: { width: size, height: size, data: rgb }, alpha };
}

function blurred(image: RgbImage): RgbImage {
  const small = resize(image, Math.min(blurredEdge, image.width), Math.min(blurredEdge, image.height), 'bilinear');
  return resize(small, image.width, image.height, 'bilinear');
}

/** Two neighbours in the mask, and the share of the second. */
interface Sample {
  readonly first: number;
  readonly second: number;
  readonly weight: number;
}

/** Where each pixel of a region lies in the mask, along one axis; null where it is beyond the picture. */
function samplesOf(start: number, size: number, pictureLength: number, maskLength: number): readonly (Sample | null)[] {
  return Array.from({ length: size }, (_, index) => {
    const pixel = start + index;
    if (pixel < 0 || pixel >= pictureLength) return null;
    const place = Math.min(maskLength - 1, Math.max(0, ((pixel + 0.5) * maskLength) / pictureLength - 0.5));
    const first = Math.floor(place);
    return { first, second: Math.min(maskLength - 1, first + 1), weight: place - first };
  });
}

function shareAt({ width, data }: Mask, column: Sample, row: Sample): number {
  const along = (line: number): number => {
    const a = data[line * width + column.first] ?? 0;
    const b = data[line * width + column.second] ?? 0;
    return a + (b - a) * column.weight;
  };
  const [above, below] = [along(row.first), along(row.second)];
  return above + (below - above) * row.weight;
}

/** The alpha channel as a mask. */
export function maskOfAlpha({ width, height, data }: Pixels): Mask {
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, index) => data[index * 4 + 3] ?? 0) };
}
