import type { ImageSize, Pixels } from '../api.ts';
import type { Mask } from '../images/cut-out.ts';
import { resize, type RgbImage } from '../images/resize.ts';

/** Longest edge of a mask in pixels: networks see no more. */
const longestMask = 1024;

/** RGB of a picture; what is transparent is seen on white, as encoders see it. */
export function opaqueRgb({ width, height, data }: Pixels): RgbImage {
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = data[pixel * 4 + 3] ?? 0;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[pixel * 4 + channel] ?? 0;
      rgb[pixel * 3 + channel] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { width, height, data: rgb };
}

/** The size of a picture whose longest edge is so long. */
export function sizeWithEdge({ width, height }: ImageSize, longest: number): ImageSize {
  const scale = longest / Math.max(width, height);
  const scaled = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: scaled(width), height: scaled(height) };
}

/** A mask in the proportions of its picture, no larger than it. */
export function maskOfPicture(mask: Mask, picture: ImageSize): Mask {
  const { width, height } = sizeWithEdge(picture, Math.min(longestMask, Math.max(picture.width, picture.height)));
  const rgb = Uint8Array.from({ length: mask.data.length * 3 }, (_, index) => mask.data[Math.floor(index / 3)] ?? 0);
  const resized = resize({ ...mask, data: rgb }, width, height, 'bilinear');
  return { width, height, data: resized.data.filter((_, index) => index % 3 === 0) };
}
