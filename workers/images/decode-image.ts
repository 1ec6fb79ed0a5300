import { sha256 } from 'hash-wasm';

import type { ImageSize, InspectedImage, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { ImageHeader } from './image-format.ts';
import { readImageHeader, unsupportedFormat } from './image-header.ts';
import { browserTurnsWebp, turnUpright } from './turn-upright.ts';

const maxPixels = 40e6;
const minEdge = 8;
/** 40 megapixels with 16 bits a channel are 320 MB where nothing is compressed; photos have a tenth of that. */
const maxFileBytes = 400e6;
const accepted = 'Choose a PNG, JPEG, WebP, AVIF, GIF or BMP picture.';

/** Rows are drawn in strips, because some browsers refuse canvases of more than 16 megapixels. */
const stripPixels = 4e6;

/** Pixels of the largest bitmap that is held for a picture that was just inspected. */
const maxHeldPixels = 16e6;

/** The picture that was inspected last, decoded: who pins it wants its pixels next. */
let inspected: { readonly hash: string; readonly bitmap: ImageBitmap } | null = null;

/**
 * Decodes a picture that a person wants to pin, turned upright as its EXIF data says.
 * @param hash see InspectedImage
 * @throws PinwordError 'not-an-image' | 'image-format' | 'image-truncated' | 'image-too-large' | 'image-too-small'
 */
export async function decodeSubjectImage(image: Blob, hash: string): Promise<Pixels> {
  const held = inspected?.hash === hash ? inspected.bitmap : null;
  if (held !== null) inspected = null;
  const bitmap = held ?? (await decode(await readPicture(image))).bitmap;
  try {
    return readPixels(bitmap);
  } finally {
    bitmap.close();
  }
}

/** A picture that is drawn, not encoded: for who closes it. @throws PinwordError as decodeSubjectImage does */
export async function subjectBitmap(image: Blob): Promise<ImageBitmap> {
  return (await decode(await readPicture(image))).bitmap;
}

/** What is to be known of a picture before it is pinned; no pixel is read back for it. @throws PinwordError as decodeSubjectImage does */
export async function inspectSubjectImage(image: Blob): Promise<InspectedImage> {
  const bytes = await readPicture(image);
  const { bitmap, turned } = await decode(bytes);
  const { width, height } = bitmap;
  const upright = turned ? await pngOf(bitmap) : null;
  const hash = await sha256(upright === null ? bytes : new Uint8Array(await upright.arrayBuffer()));
  inspected?.bitmap.close();
  inspected = null;
  if (width * height <= maxHeldPixels) inspected = { hash, bitmap };
  else bitmap.close();
  return { width, height, hash, upright };
}

/** A picture's bytes. @throws PinwordError 'image-too-large' before anything is read of what no picture can be */
export async function readPicture(image: Blob): Promise<Uint8Array<ArrayBuffer>> {
  if (image.size <= maxFileBytes) return new Uint8Array(await image.arrayBuffer());
  throw new PinwordError(
    'image-too-large',
    `This file is larger than any picture that can be used (${maxFileBytes / 1e6} MB). Make the picture smaller first.`,
  );
}

async function pngOf(bitmap: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** The file's own structure is checked first, so that a small file cannot unfold into gigabytes. */
async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<{ bitmap: ImageBitmap; turned: boolean }> {
  const header = checkImage(bytes);
  const stored = await bitmapOf(bytes, header);
  const { orientation = 1 } = header;
  const turned = orientation !== 1 && !(await browserTurnsWebp());
  const bitmap = turned ? turnUpright(stored, orientation) : stored;
  try {
    // A file may say another size than it has.
    requireUsableSize(bitmap);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  return { bitmap, turned };
}

async function bitmapOf(bytes: Uint8Array<ArrayBuffer>, header: ImageHeader): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([bytes]), { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw undecodable(header, cause);
  }
}

/** What the header says of a picture that may be decoded. @throws PinwordError as decodeSubjectImage does */
export function checkImage(bytes: Uint8Array<ArrayBuffer>): ImageHeader {
  const header = headerOf(bytes);
  if (header.width * header.height <= maxPixels && (!header.complete || header.width < 1 || header.height < 1))
    throw truncated();
  requireUsableSize(header);
  return header;
}

function requireUsableSize({ width, height }: ImageSize): void {
  if (width * height > maxPixels) {
    throw new PinwordError(
      'image-too-large',
      `This picture has ${width} × ${height} pixels; at most ${maxPixels / 1e6} megapixels can be used. Make it smaller first.`,
    );
  }
  if (Math.min(width, height) < minEdge) {
    throw new PinwordError(
      'image-too-small',
      `This picture has only ${width} × ${height} pixels; each edge needs at least ${minEdge}. Choose a larger one.`,
    );
  }
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
