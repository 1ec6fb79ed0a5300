import { carried } from '../contract/carried.ts';
import { encodeChunk, readChunks } from './png-chunks.ts';

/** Ancillary, private, and safe to copy by programs that do not know it (PNG Specification, section 5.4). */
const chunkType = 'pwSb';

/** The bounds, a few files and bytes at a time. */
class Room {
  #files: number = carried.files;
  #bytes: number = carried.bytes;

  /** Whether a file of this size still has room; then it is taken. */
  take(size: number): boolean {
    if (size === 0 || size > carried.fileBytes || size > this.#bytes || this.#files === 0) return false;
    this.#files -= 1;
    this.#bytes -= size;
    return true;
  }
}

/**
 * A PNG with these files before its end, a chunk each; those that it carried before are left out. What there is no room
 * for (contract/carried.ts) is left out too.
 * @throws PinwordError as readChunks
 */
export function insertPngFiles(png: Uint8Array<ArrayBuffer>, files: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const room = new Room();
  const inserted = files.filter(({ length }) => room.take(length)).map((file) => encodeChunk(chunkType, file));
  const parts: Uint8Array[] = [png.subarray(0, 8)];
  for (const chunk of readChunks(png)) {
    if (chunk.type === 'IEND') parts.push(...inserted);
    if (chunk.type !== chunkType) parts.push(png.subarray(chunk.start, chunk.end));
  }
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The files in a PNG, in order, within the bounds. They may be anything. @throws PinwordError as readChunks */
export function readPngFiles(png: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  const room = new Room();
  const files: Uint8Array<ArrayBuffer>[] = [];
  for (const { type, data } of readChunks(png)) {
    if (type === chunkType && room.take(data.length)) files.push(data);
  }
  return files;
}
