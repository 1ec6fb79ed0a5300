import type { Pixels } from '../api.ts';
import type { RgbImage } from './resize.ts';

/**
 * Planar RGB in 0…1 to 8-bit RGBA, rounding as diffusers' image processor does.
 * @param planes [3, height, width] f32; values outside 0…1 are clamped, NaN becomes 0
 */
export function pixelsFromPlanes(planes: Float32Array, width: number, height: number): Pixels {
  const area = width * height;
  const data = new Uint8ClampedArray(area * 4);
  for (let channel = 0; channel < 3; channel++) {
    const plane = planes.subarray(channel * area, (channel + 1) * area);
    for (let index = 0; index < area; index++) data[index * 4 + channel] = (plane[index] ?? 0) * 255;
  }
  for (let index = 3; index < data.length; index += 4) data[index] = 255;
  return { width, height, data };
}

/**
 * 8-bit RGB to planar RGB in −1…1, as diffusers' image processor normalizes.
 * @returns [3, height, width] f32
 */
export function planesFromRgb({ width, height, data }: RgbImage): Float32Array<ArrayBuffer> {
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let index = 0; index < area; index++) {
      planes[channel * area + index] = ((data[index * 3 + channel] ?? 0) / 255) * 2 - 1;
    }
  }
  return planes;
}

/** True where any value is NaN or infinite: an overflow in f16. */
export function hasNonFinite(values: Float32Array): boolean {
  return values.some((value) => !Number.isFinite(value));
}
