import type { ImageSize, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { fillFrame } from './fill-frame.ts';
import type { RgbImage } from './resize.ts';

/** From this value on a pixel counts as marked, as in diffusers' mask processor. */
const marked = 0.5;

/** Shares by which the shape of a mask may differ from its picture's: what rounding to pixels does. */
const shapeTolerance = 0.02;

/**
 * What a mask marks of the frame that its picture fills.
 * @returns [height · width], 1 where the picture is made again, 0 where it stays
 * @throws PinwordError 'bad-mask' where it has another shape than the picture, or covers all of it
 */
export function readMask(mask: Pixels, picture: ImageSize, frame: ImageSize): Float32Array<ArrayBuffer> {
  const shape = (size: ImageSize): number => size.width / size.height;
  if (Math.abs(shape(mask) / shape(picture) - 1) > shapeTolerance) {
    throw new PinwordError(
      'bad-mask',
      `The mask has ${mask.width} × ${mask.height} pixels and the picture ${picture.width} × ${picture.height}: their shapes differ. Use a mask of the picture’s shape.`,
    );
  }
  const values = greyOf(fillFrame(mask, frame));
  if (values.every((value) => value >= marked)) {
    throw new PinwordError(
      'bad-mask',
      'The mask covers the whole picture, so nothing of it would stay. Leave a part of it free, or remove the mask to change the whole picture.',
    );
  }
  return values;
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
