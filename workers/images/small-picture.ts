/** What is seen of a pinned picture, small enough to go along with another file. */
import type { ImageSize, Region } from '../api.ts';
import { PinwordError } from '../errors.ts';

interface Part extends ImageSize {
  readonly x: number;
  readonly y: number;
}

interface SmallFrame {
  /** The part of the picture that is kept, in its pixels. */
  readonly part: Part;
  /** In which it is drawn. Nothing is enlarged. */
  readonly size: ImageSize;
  /** The region in the pixels of what is drawn. */
  readonly region: Region;
}

/** No smaller picture can be pinned. */
const minEdge = 8;
const quality = 0.9;

/**
 * Where a region lies, and how small it is drawn.
 * @param edge largest edge of the region in what is drawn
 * @throws PinwordError 'image-too-small' where next to nothing of the picture is in the region
 */
export function smallFrame(picture: ImageSize, region: Region, edge: number): SmallFrame {
  const [left, right] = within(region.x, region.size, picture.width);
  const [top, bottom] = within(region.y, region.size, picture.height);
  const part = { x: left, y: top, width: right - left, height: bottom - top };
  const scale = Math.min(1, edge / region.size);
  const size = { width: Math.round(part.width * scale), height: Math.round(part.height * scale) };
  if (Math.min(size.width, size.height) < minEdge)
    throw new PinwordError(
      'image-too-small',
      'Too little of the picture is in the chosen part to be kept small. Choose a larger part.',
    );
  const across = size.width / part.width;
  return {
    part,
    size,
    region: {
      x: (region.x - left) * across,
      y: (region.y - top) * (size.height / part.height),
      size: region.size * across,
    },
  };
}

/** From where to where, in whole pixels inside the picture. */
function within(start: number, size: number, length: number): readonly [number, number] {
  const low = Math.min(length, Math.max(0, Math.floor(start)));
  return [low, Math.max(low, Math.min(length, Math.ceil(start + size)))];
}

/** Whether the frame leaves the picture as it is. */
export function isWhole({ part, size }: SmallFrame, picture: ImageSize): boolean {
  return [part, size].every(({ width, height }) => width === picture.width && height === picture.height);
}

/** As WebP; browsers that cannot write it give a JPEG of what is opaque, else a PNG. */
export async function drawSmall(bitmap: ImageBitmap, { part, size }: SmallFrame): Promise<Blob> {
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new PinwordError('internal', 'The browser gave no canvas to make the picture small.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, part.x, part.y, part.width, part.height, 0, 0, size.width, size.height);
  const webp = await canvas.convertToBlob({ type: 'image/webp', quality });
  if (webp.type === 'image/webp') return webp;
  const { data } = context.getImageData(0, 0, size.width, size.height);
  const isOpaque = data.every((value, index) => index % 4 !== 3 || value === 255);
  return isOpaque ? canvas.convertToBlob({ type: 'image/jpeg', quality }) : webp;
}

/** Browsers put the colour profile of their canvas into what they write. */
const pictureChunks: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ICCP']);

/** Whether a file is a WebP with nothing in it but a picture: no place, no name, no comment. */
export function isBareWebp(bytes: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 20 || name(0) !== 'RIFF' || name(8) !== 'WEBP') return false;
  let at = 12;
  while (at + 8 <= bytes.length) {
    if (!pictureChunks.has(name(at))) return false;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return at === bytes.length;
}
