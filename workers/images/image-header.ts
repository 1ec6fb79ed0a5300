import type { ImageHeader } from './image-format.ts';
import { isIsoMedia, readIsoMediaHeader } from './iso-media-header.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length));

/** Formats that exist but that browsers do not decode into pixels, or not safely. */
const unsupported: readonly (readonly [name: string, test: (bytes: Uint8Array) => boolean])[] = [
  [
    'SVG',
    (bytes) =>
      /^\uFEFF?\s*(<\?xml[^]*?)?(<!--[^]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i.test(
        new TextDecoder().decode(bytes.subarray(0, 4096)),
      ),
  ],
  ['TIFF', (bytes) => /^(II\*\0|MM\0\*)/.test(ascii(bytes, 0, 4))],
  ['Photoshop', (bytes) => ascii(bytes, 0, 4) === '8BPS'],
  ['JPEG XL', (bytes) => ascii(bytes, 0, 2) === '\xff\n' || ascii(bytes, 4, 4) === 'JXL '],
  ['JPEG 2000', (bytes) => ascii(bytes, 4, 4) === 'jP  '],
];

/** The name of a picture format that is recognized but not taken, or null. */
export function unsupportedFormat(bytes: Uint8Array): string | null {
  return unsupported.find(([, test]) => test(bytes))?.[0] ?? null;
}

/**
 * Reads format and size from a file's own structure; nothing is decoded.
 * @returns null where the bytes are no picture of a known format.
 * @throws RangeError where the file ends inside its header.
 */
export function readImageHeader(bytes: Uint8Array<ArrayBuffer>): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n')
    return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), complete: pngIsComplete(view) };
  if (ascii(bytes, 0, 3) === '\xff\xd8\xff')
    return { format: 'jpeg', ...jpegSize(view), complete: endsWithMarker(bytes) };
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    return { format: 'webp', ...webpSize(bytes, view), complete: view.getUint32(4, true) + 8 <= bytes.length };
  }
  if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) {
    return { format: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true), complete: true };
  }
  if (ascii(bytes, 0, 2) === 'BM')
    return { format: 'bmp', ...bmpSize(view), complete: view.getUint32(2, true) <= bytes.length };
  return isIsoMedia(bytes) ? readIsoMediaHeader(bytes) : null;
}

/** True where the chunks lead to IEND. */
function pngIsComplete(view: DataView): boolean {
  let offset = 8;
  while (offset + 12 <= view.byteLength) {
    if (view.getUint32(offset + 4) === 0x49454e44) return true;
    offset += 12 + view.getUint32(offset);
  }
  return false;
}

/** The frame header; it may stand behind any number of application segments. */
function jpegSize(view: DataView): Size {
  let offset = 2;
  for (;;) {
    const marker = view.getUint8(offset + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(offset + 5), width: view.getUint16(offset + 7) };
    // Any number of 0xFF may fill the space before a marker.
    offset += marker === 0xff ? 1 : 2 + view.getUint16(offset + 2);
  }
}

/** True where an end-of-image marker stands behind the last scan; cameras append data to it. */
function endsWithMarker(bytes: Uint8Array): boolean {
  for (let index = bytes.length - 2; index > 2; index--) {
    if (bytes[index] !== 0xff) continue;
    if (bytes[index + 1] === 0xd9) return true;
    if (bytes[index + 1] === 0xda) return false;
  }
  return false;
}

function webpSize(bytes: Uint8Array, view: DataView): Size {
  const chunk = ascii(bytes, 12, 4);
  if (chunk === 'VP8X') return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

function uint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) + view.getUint8(offset + 2) * 65536;
}

/** OS/2's header has 16-bit sizes; a negative height means rows from the top. */
function bmpSize(view: DataView): Size {
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}
