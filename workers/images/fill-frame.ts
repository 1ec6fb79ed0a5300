import type { ImageSize, Pixels } from '../api.ts';
import { opaque, type PixelRectangle } from './opaque.ts';
import { resize, type RgbImage } from './resize.ts';

/**
 * A picture that fills a frame: what sticks out on two sides is cut off, the rest resized as diffusers'
 * VaeImageProcessor does (Lanczos). What is transparent is seen on white.
 */
export function fillFrame(pixels: Pixels, frame: ImageSize): RgbImage {
  return resize(opaque(pixels, partFor(pixels, frame)), frame.width, frame.height, 'lanczos');
}

/** The largest part of a picture's middle that has the frame's shape, to the pixel. */
export function partFor(picture: ImageSize, frame: ImageSize): PixelRectangle {
  const scale = Math.min(picture.width / frame.width, picture.height / frame.height);
  const width = Math.min(picture.width, Math.max(1, Math.round(scale * frame.width)));
  const height = Math.min(picture.height, Math.max(1, Math.round(scale * frame.height)));
  const [left, top] = [Math.floor((picture.width - width) / 2), Math.floor((picture.height - height) / 2)];
  return { left, top, width, height };
}
