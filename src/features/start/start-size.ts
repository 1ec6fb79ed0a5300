import type { ImageSize } from '../../../workers/api.ts';
import { fitSize } from '../settings/settings.ts';

interface Sizes {
  readonly nativeSize: number;
  readonly sizeMultiple: number;
}

/** The size that the model makes best, in a picture's shape. */
export function sizeInShapeOf(picture: ImageSize, model: Sizes): ImageSize {
  const ratio = Math.sqrt(picture.width / picture.height);
  return { width: fitSize(model.nativeSize * ratio, model), height: fitSize(model.nativeSize / ratio, model) };
}

/** By how much a picture can be enlarged at most, as a person would say it. */
const largest = 2;
/** Less is not worth a second pass. */
const least = 1.25;

/** The size of a second pass; null where the picture cannot be made much larger. */
export function largerSize(
  picture: ImageSize,
  model: Sizes,
  limit: number,
): (ImageSize & { readonly factor: number }) | null {
  const factor = Math.min(largest, limit / Math.max(picture.width, picture.height));
  if (factor < least) return null;
  const scaled = (edge: number): number => fitSize(edge * factor, model);
  return { width: scaled(picture.width), height: scaled(picture.height), factor };
}
