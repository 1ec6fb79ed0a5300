import type { Pixels } from '../api.ts';
import type { RgbImage } from './resize.ts';

/** A part of a picture, in whole pixels of it. */
export interface PixelRectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture as RGB. @param part lies within the picture @param behind grey level that is seen through what is transparent */
export function opaque(
  { width: stride, data }: Pixels,
  { left, top, width, height }: PixelRectangle,
  behind = 255,
): RgbImage {
  const rgb = new Uint8Array(width * height * 3);
  let target = 0;
  for (let y = top; y < top + height; y++) {
    for (let source = (y * stride + left) * 4; source < (y * stride + left + width) * 4; source += 4) {
      const alpha = data[source + 3] ?? 0;
      for (let channel = 0; channel < 3; channel++) {
        rgb[target++] = Math.round(((data[source + channel] ?? 0) * alpha + behind * (255 - alpha)) / 255);
      }
    }
  }
  return { width, height, data: rgb };
}
