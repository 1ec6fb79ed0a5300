import type { ImageSize, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { partFor } from './fill-frame.ts';
import { opaque, type PixelRectangle } from './opaque.ts';
import { resize, type RgbImage } from './resize.ts';

/** From this value on a pixel counts as marked, as in diffusers' mask processor. */
const marked = 0.5;

/**
 * What a mask marks of the frame that its picture fills. A mask of any size and shape lies over the whole picture, and is
 * resized as diffusers' VaeImageProcessor does (Lanczos, then luma). White is marked; what is transparent is not.
 * @returns [height · width], 1 where the picture is made again, 0 where it stays
 * @throws PinwordError 'bad-mask' where it covers all of the frame
 */
export function readMask(mask: Pixels, picture: ImageSize, frame: ImageSize): Float32Array<ArrayBuffer> {
  const part = opaque(mask, partOver(mask, picture, frame), 0);
  const values = greyOf(resize(part, frame.width, frame.height, 'lanczos'));
  if (values.every((value) => value >= marked)) {
    throw new PinwordError(
      'bad-mask',
      'The mask covers the whole picture, so nothing of it would stay. Leave a part of it free, or remove the mask to change the whole picture.',
    );
  }
  return values;
}

/** The part of a mask that lies over what is seen of its picture. */
function partOver(mask: ImageSize, picture: ImageSize, frame: ImageSize): PixelRectangle {
  const part = partFor(picture, frame);
  const [left, width] = scaledSpan(part.left, part.width, mask.width / picture.width, mask.width);
  const [top, height] = scaledSpan(part.top, part.height, mask.height / picture.height, mask.height);
  return { left, top, width, height };
}

/** At least a pixel, within the mask. */
function scaledSpan(start: number, length: number, scale: number, limit: number): readonly [number, number] {
  const scaled = Math.min(limit, Math.max(1, Math.round(length * scale)));
  return [Math.min(limit - scaled, Math.floor(start * scale)), scaled];
}

/** Luma as Pillow's mode "L" has it, in 0 … 1. */
function greyOf({ data }: RgbImage): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: data.length / 3 }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * index, 3 * index + 3);
    return ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16) / 255;
  });
}

/** The mask with nothing between marked and not, as networks were trained that read it. */
export function hardMask(mask: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return mask.map((value) => (value >= marked ? 1 : 0));
}

/**
 * A mask of latent pixels: every scale-th pixel of every scale-th row, as diffusers' prepare_mask_latents.
 * @param scale pixels along an edge for one latent pixel
 * @throws PinwordError 'bad-mask' where nothing is marked, or too little for a latent pixel
 */
export function latentMask(
  mask: Float32Array<ArrayBuffer>,
  { width, height }: ImageSize,
  scale: number,
): Float32Array<ArrayBuffer> {
  const columns = width / scale;
  const small = Float32Array.from({ length: columns * (height / scale) }, (_, index) => {
    const [x, y] = [index % columns, Math.floor(index / columns)];
    return mask[y * scale * width + x * scale] ?? 0;
  });
  if (small.some((value) => value >= marked)) return small;
  throw new PinwordError(
    'bad-mask',
    'The mask marks nothing, or too little to be seen. Paint over what is to change, or remove the mask to change the whole picture.',
  );
}

/** The picture with all that is marked in neutral grey. @param planes RGB in −1…1, [3 · height · width] */
export function withoutMarked(
  planes: Float32Array<ArrayBuffer>,
  mask: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  return planes.map((value, index) => ((mask[index % mask.length] ?? 0) < marked ? value : 0));
}

/** What was made where the mask says so, and the picture as it was around it, to the pixel. */
export function pasteMarked(made: Pixels, original: RgbImage, mask: Float32Array): Pixels {
  const data = made.data.slice();
  for (const [index, share] of mask.entries()) {
    for (let channel = 0; channel < 3; channel++) {
      const before = original.data[3 * index + channel] ?? 0;
      const after = made.data[4 * index + channel] ?? 0;
      data[4 * index + channel] = before + share * (after - before);
    }
  }
  return { ...made, data };
}
