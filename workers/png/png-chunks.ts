import { crc32 } from '../checkpoint/bytes/crc32.ts';
import { PinwordError } from '../errors.ts';

/** One chunk of a PNG; offsets into the file. Layout: PNG Specification (Third Edition), section 5. */
export interface PngChunk {
  readonly type: string;
  /** Where the chunk begins: length, type, data, CRC. */
  readonly start: number;
  readonly end: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Length, type and CRC. */
const chunkOverhead = 12;

/**
 * The chunks of a PNG from IHDR to IEND, each with its CRC checked; what follows IEND is not looked at.
 * @throws PinwordError 'not-an-image' | 'image-truncated' | 'image-format'.
 */
export function* readChunks(png: Uint8Array<ArrayBuffer>): Generator<PngChunk, void> {
  if (png.length < signature.length || signature.some((byte, i) => png[i] !== byte))
    throw new PinwordError('not-an-image', 'This file is not a PNG. Choose a PNG picture.');
  for (let start = signature.length; ;) {
    const chunk = readChunk(png, start);
    if ((start === signature.length) !== (chunk.type === 'IHDR')) throw damaged('its header is not where it belongs');
    yield chunk;
    if (chunk.type === 'IEND') return;
    start = chunk.end;
  }
}

/** A chunk with its length and CRC. */
export function encodeChunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(data.length + chunkOverhead);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(latin1Bytes(type), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
}

export function damaged(what: string, cause?: unknown): PinwordError {
  return new PinwordError('image-format', `This PNG is damaged: ${what}. Choose another copy of the picture.`, {
    cause,
  });
}

/** ISO 8859-1; TextDecoder's "latin1" is Windows-1252. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function readChunk(png: Uint8Array<ArrayBuffer>, start: number): PngChunk {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (start + chunkOverhead > png.length) throw truncated();
  const length = view.getUint32(start);
  const dataEnd = start + 8 + length;
  if (dataEnd + 4 > png.length) throw truncated();
  const type = latin1Text(png.subarray(start + 4, start + 8));
  if (!/^[A-Za-z]{4}$/.test(type)) throw damaged('a chunk has no name');
  if (crc32(png.subarray(start + 4, dataEnd)) !== view.getUint32(dataEnd))
    throw damaged(`the checksum of its chunk ${type} is wrong`);
  return { type, start, end: dataEnd + 4, data: png.subarray(start + 8, dataEnd) };
}

function truncated(): PinwordError {
  return new PinwordError('image-truncated', 'This PNG ends too early. Choose another copy of the picture.');
}
