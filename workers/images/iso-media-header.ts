import type { ImageHeader } from './image-format.ts';

/** A box of the ISO base media format: its content is [start, end) of the file. */
interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const avifBrands = ['avif', 'avis'];
const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

function typeAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** True for AVIF and HEIC files. */
export function isIsoMedia(bytes: Uint8Array): boolean {
  return typeAt(bytes, 4) === 'ftyp' && [...avifBrands, ...heicBrands].includes(typeAt(bytes, 8));
}

/**
 * The size of the largest picture in the file: thumbnails and tiles are smaller.
 * @throws RangeError where the file ends inside its header.
 */
export function readIsoMediaHeader(bytes: Uint8Array<ArrayBuffer>): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = brands(bytes, view).some((brand) => avifBrands.includes(brand)) ? 'avif' : 'heic';
  const top = boxes(bytes, view, 0, bytes.length);
  // A meta box has four bytes of version and flags before its children.
  const properties = ['meta', 'iprp', 'ipco'].reduce<Box[]>(
    (found, type) =>
      found
        .filter((box) => box.type === type)
        .flatMap(({ start, end }) => boxes(bytes, view, type === 'meta' ? start + 4 : start, end)),
    top,
  );
  const sizes = properties
    .filter(({ type }) => type === 'ispe')
    .map(({ start }) => ({ width: view.getUint32(start + 4), height: view.getUint32(start + 8) }));
  const largest = sizes.reduce((best, size) => (size.width * size.height > best.width * best.height ? size : best), {
    width: 0,
    height: 0,
  });
  return { format, ...largest, complete: sizes.length > 0 && top.every(({ end }) => end <= bytes.length) };
}

function brands(bytes: Uint8Array, view: DataView): string[] {
  const end = Math.min(view.getUint32(0), bytes.length);
  const found = [typeAt(bytes, 8)];
  for (let offset = 16; offset + 4 <= end; offset += 4) found.push(typeAt(bytes, offset));
  return found;
}

/** The boxes that lie next to each other in [from, to). The last may reach beyond the file. */
function boxes(bytes: Uint8Array, view: DataView, from: number, to: number): Box[] {
  const found: Box[] = [];
  let offset = from;
  while (offset + 8 <= Math.min(to, bytes.length)) {
    const size = view.getUint32(offset);
    const large = size === 1;
    const length = large ? Number(view.getBigUint64(offset + 8)) : size === 0 ? to - offset : size;
    const header = large ? 16 : 8;
    if (length < header) break;
    found.push({ type: typeAt(bytes, offset + 4), start: offset + header, end: offset + length });
    offset += length;
  }
  return found;
}
