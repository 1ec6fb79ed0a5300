import type { ImageSize, StartPicture } from '../../api.ts';
import { fillFrame } from '../../images/fill-frame.ts';
import { readMask } from '../../images/picture-mask.ts';
import type { RgbImage } from '../../images/resize.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';

/** A picture to start from in the size of the run, and what of it is made again. */
export interface FramedStart {
  readonly picture: RgbImage;
  /** [height · width], 1 where the picture is made again, 0 where it stays; null makes all of it again */
  readonly mask: Float32Array<ArrayBuffer> | null;
}

/** Masks are read as pictures are, and kept by nobody. */
const noHash = '';

/**
 * Decodes what a run starts from, and cuts and resizes it to the run's size.
 * @throws PinwordError as decodeSubjectImage does; 'bad-mask'
 */
export async function readStart(
  decodeImage: DecodeImage,
  { image, hash, mask }: StartPicture,
  frame: ImageSize,
): Promise<FramedStart> {
  const pixels = await decodeImage(image, hash);
  const picture = fillFrame(pixels, frame);
  return { picture, mask: mask === null ? null : readMask(await decodeImage(mask, noHash), pixels, frame) };
}
