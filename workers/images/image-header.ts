import type { ImageHeader } from './image-format.ts';
import { webpOrientation } from './exif-orientation.ts';
import { isIsoMedia, readIsoMediaHeader } from './iso-media-header.ts';
import { readJpegHeader } from './jpeg-header.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length));

/** Formats that exist but that browsers do not decode into pixels, or not safely. */
const unsupported: readonly (readonly [name: string, test: (bytes: Uint8Array) => boolean])[] = [
  ['SVG', (bytes) => isSvg(new TextDecoder().decode(bytes.subarray(0, 4096)))],
  ['TIFF', (bytes) => /^(II\*\0|MM\0\*)/.test(ascii(bytes, 0, 4))],
  ['Photoshop', (bytes) => ascii(bytes, 0, 4) === '8BPS'],
  ['JPEG XL', (bytes) => ascii(bytes, 0, 2) === '\xff\n' || ascii(bytes, 4, 4) === 'JXL '],
  ['JPEG 2000', (bytes) => ascii(bytes, 4, 4) === 'jP  '],
];

/** What may stand before the root of an SVG: how it begins and how it ends. */
const prologs: readonly (readonly [begin: string, end: string])[] = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<!doctype', '>'],
];

/** Each character is looked at a fixed number of times: these are anybody's bytes. */
function isSvg(text: string): boolean {
  const lower = text.toLowerCase();
  let at = lower.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    while (/\s/.test(lower.charAt(at))) at += 1;
    const prolog = prologs.find(([begin]) => lower.startsWith(begin, at));
    if (prolog === undefined) return lower.startsWith('<svg', at) && /[\s>/]/.test(lower.charAt(at + 4));
    const [begin, end] = prolog;
    const found = lower.indexOf(end, at + begin.length);
    if (found === -1) return false;
    at = found + end.length;
  }
}

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
  if (ascii(bytes, 0, 3) === '\xff\xd8\xff') return { format: 'jpeg', ...readJpegHeader(bytes, view) };
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    const complete = view.getUint32(4, true) + 8 <= bytes.length;
    return { format: 'webp', ...webpSize(bytes, view), complete, orientation: webpOrientation(bytes) };
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
