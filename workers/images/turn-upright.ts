import { once } from '../once.ts';
import type { Orientation } from './exif-orientation.ts';

/** A WebP of 2 × 1 pixels that its EXIF data lays on its side; made by Pillow. */
const lyingWebp =
  'UklGRk4AAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA4AAAAvAQAAAAcQEf0PRET/A0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA=';

/** Whether this browser turns a WebP as its EXIF data says; Chromium turns only JPEGs. */
export const browserTurnsWebp = once(async () => {
  const bytes = Uint8Array.from(atob(lyingWebp), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]), { imageOrientation: 'from-image' });
  const turned = bitmap.height > bitmap.width;
  bitmap.close();
  return turned;
});

/** The matrix (a, b, c, d, e, f) that draws a stored picture upright. @param width of the stored picture, as is `height` */
export function uprightMatrix(
  orientation: Orientation,
  width: number,
  height: number,
): readonly [number, number, number, number, number, number] {
  switch (orientation) {
    case 1:
      return [1, 0, 0, 1, 0, 0];
    case 2:
      return [-1, 0, 0, 1, width, 0];
    case 3:
      return [-1, 0, 0, -1, width, height];
    case 4:
      return [1, 0, 0, -1, 0, height];
    case 5:
      return [0, 1, 1, 0, 0, 0];
    case 6:
      return [0, 1, -1, 0, height, 0];
    case 7:
      return [0, -1, -1, 0, height, width];
    case 8:
      return [0, -1, 1, 0, 0, width];
  }
}

/** The bitmap upright; the given one is closed. */
export function turnUpright(bitmap: ImageBitmap, orientation: Orientation): ImageBitmap {
  const { width, height } = bitmap;
  const lies = orientation > 4;
  const canvas = new OffscreenCanvas(lies ? height : width, lies ? width : height);
  const context = canvas.getContext('2d');
  if (context === null) throw new RangeError('The browser gave no canvas to turn the picture on.');
  context.setTransform(...uprightMatrix(orientation, width, height));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.transferToImageBitmap();
}
