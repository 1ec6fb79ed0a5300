/** As TIFF numbers it: 1 is upright, 2 to 4 turned or mirrored, 5 to 8 lying on a side. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;
const shortType = 3;
const entryBytes = 12;

/** What a WebP's EXIF chunk says; 1 where it says nothing that can be read. */
export function webpOrientation(bytes: Uint8Array<ArrayBuffer>): Orientation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (ascii(bytes, at, 4) === 'EXIF') return tiffOrientation(bytes.slice(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  return 1;
}

/** @param exif a TIFF header, which some writers put "Exif\0\0" before */
function tiffOrientation(exif: Uint8Array<ArrayBuffer>): Orientation {
  const start = ascii(exif, 0, 6) === 'Exif\0\0' ? 6 : 0;
  const order = ascii(exif, start, 2);
  if ((order !== 'II' && order !== 'MM') || exif.length < start + 8) return 1;
  const littleEndian = order === 'II';
  const view = new DataView(exif.buffer, start);
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > view.byteLength) return 1;
  const count = view.getUint16(directory, littleEndian);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * entryBytes;
    if (entry + entryBytes > view.byteLength) return 1;
    const isShort = view.getUint16(entry + 2, littleEndian) === shortType;
    if (view.getUint16(entry, littleEndian) === orientationTag && isShort)
      return toOrientation(view.getUint16(entry + 8, littleEndian));
  }
  return 1;
}

const known: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

function toOrientation(value: number): Orientation {
  return known.find((orientation) => orientation === value) ?? 1;
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
