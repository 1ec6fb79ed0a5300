import type { ImageSize, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { ImageHeader } from './image-format.ts';
import { readImageHeader, unsupportedFormat } from './image-header.ts';

const maxPixels = 40e6;
const minEdge = 8;
const accepted = 'Choose a PNG, JPEG, WebP, AVIF, GIF or BMP picture.';

/** Rows are drawn in strips, because some browsers refuse canvases of more than 16 megapixels. */
const stripPixels = 4e6;

/**
 * Decodes a picture that a person wants to pin, turned upright as its EXIF data says.
 * @throws PinwordError 'not-an-image' | 'image-format' | 'image-truncated' | 'image-too-large' | 'image-too-small'
 */
export function decodeSubjectImage(image: Blob): Promise<Pixels> {
  return withBitmap(image, readPixels);
}

/** Size of a picture that can be pinned; no pixel is read back for it. @throws PinwordError as decodeSubjectImage does */
export function measureSubjectImage(image: Blob): Promise<ImageSize> {
  return withBitmap(image, ({ width, height }) => ({ width, height }));
}

/** The file's own structure is checked first, so that a small file cannot unfold into gigabytes. */
async function withBitmap<T>(image: Blob, use: (bitmap: ImageBitmap) => T): Promise<T> {
  const header = checkImage(new Uint8Array(await image.arrayBuffer()));
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(image, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw undecodable(header, cause);
  }
  try {
    return use(bitmap);
  } finally {
    bitmap.close();
  }
}

/** What the header says of a picture that may be decoded. @throws PinwordError as decodeSubjectImage does */
export function checkImage(bytes: Uint8Array<ArrayBuffer>): ImageHeader {
  const header = headerOf(bytes);
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw new PinwordError(
      'image-too-large',
      `This picture has ${width} × ${height} pixels; at most ${maxPixels / 1e6} megapixels can be used. Make it smaller first.`,
    );
  }
  if (!header.complete || width < 1 || height < 1) throw truncated();
  if (Math.min(width, height) < minEdge) {
    throw new PinwordError(
      'image-too-small',
      `This picture has only ${width} × ${height} pixels; each edge needs at least ${minEdge}. Choose a larger one.`,
    );
  }
  return header;
}

function headerOf(bytes: Uint8Array<ArrayBuffer>): ImageHeader {
  const format = unsupportedFormat(bytes);
  if (format !== null) throw new PinwordError('image-format', `${format} pictures cannot be used. ${accepted}`);
  try {
    const header = readImageHeader(bytes);
    if (header !== null) return header;
  } catch (cause) {
    if (cause instanceof RangeError) throw truncated(cause);
    throw cause;
  }
  throw new PinwordError('not-an-image', `This file is not a picture. ${accepted}`);
}

function truncated(cause?: unknown): PinwordError {
  return new PinwordError('image-truncated', 'This picture is damaged or incomplete. Save or download it again.', {
    cause,
  });
}

function undecodable({ format }: ImageHeader, cause: unknown): PinwordError {
  if (format !== 'heic' && format !== 'avif') return truncated(cause);
  return new PinwordError('image-format', `This browser cannot read ${format.toUpperCase()} pictures. ${accepted}`, {
    cause,
  });
}

function readPixels(bitmap: ImageBitmap): Pixels {
  const { width, height } = bitmap;
  const rows = Math.max(1, Math.floor(stripPixels / width));
  const context = new OffscreenCanvas(width, Math.min(rows, height)).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new PinwordError('internal', 'The browser gave no canvas to read the picture with.');
  const data = new Uint8ClampedArray(width * height * 4);
  for (let top = 0; top < height; top += rows) {
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    data.set(context.getImageData(0, 0, width, Math.min(rows, height - top)).data, top * width * 4);
  }
  return { width, height, data };
}
