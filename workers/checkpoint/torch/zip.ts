/**
 * Reads the directory of a zip archive, as far as torch.save writes it: stored (not compressed) entries, zip64 where
 * needed. Source of the layout: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3.
 */
import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';

export interface ZipEntry {
  readonly name: string;
  /** Bytes of the name as it is written. */
  readonly nameBytes: number;
  /** Bytes. */
  readonly size: number;
  readonly compressed: boolean;
  readonly crc32: number;
  /** Where the entry's local header lies. */
  readonly headerOffset: number;
  /** Whether sizes follow the data once more. */
  readonly hasDescriptor: boolean;
  /** Where the next entry's header lies, or the directory. */
  readonly end: number;
}

const endSignature = 0x0605_4b50;
const end64Signature = 0x0606_4b50;
const locator64Signature = 0x0706_4b50;
const directorySignature = 0x0201_4b50;
const localSignature = 0x0403_4b50;
const endSize = 22;
const locator64Size = 20;
const end64Size = 56;
const directoryHeaderSize = 46;
const localHeaderSize = 30;
const maxCommentSize = 0xffff;
/** A checkpoint has some thousand tensors; their directory is some hundred kilobytes. Each entry costs many times its bytes here. */
const maxDirectoryBytes = 4 * 1024 * 1024;
const decoder = new TextDecoder();

/**
 * The entries of a zip archive by name.
 * @throws PinwordError 'bad-pickle' saying what is wrong with the archive.
 */
export async function readZipEntries(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { offset, size } = await findDirectory(source);
  if (size > maxDirectoryBytes) throw badZip(source, 'its directory is too large');
  if (offset + size > source.size) throw badZip(source, 'its directory lies outside the file');
  return withEnds(parseDirectory(source, viewOf(await source.read(offset, size))), offset);
}

type Unplaced = Omit<ZipEntry, 'end'>;

function withEnds(entries: readonly Unplaced[], directory: number): ReadonlyMap<string, ZipEntry> {
  const starts = entries.map(({ headerOffset }) => headerOffset).sort((a, b) => a - b);
  const ends = new Map(starts.map((start, i) => [start, starts[i + 1] ?? directory]));
  return new Map(entries.map((entry) => [entry.name, { ...entry, end: ends.get(entry.headerOffset) ?? directory }]));
}

/** torch aligns the data of every entry to this. */
const torchAlignment = 64;
/**
 * Bytes of what follows the data: none, or signature, checksum and two sizes of four or eight bytes. With one of them at
 * most the data is aligned.
 */
const descriptorSizes = [16, 24];

/**
 * Where the bytes of a stored entry begin, told from where its neighbour begins: the headers of a checkpoint's thousand
 * entries would be a thousand requests to a host. Read from the entry's own header where that does not tell.
 * @throws PinwordError 'bad-pickle' when it is compressed, or lies outside the file.
 */
export async function torchDataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const least = entry.headerOffset + localHeaderSize + entry.nameBytes;
  const sizes = entry.hasDescriptor ? descriptorSizes : [0];
  const offset = sizes
    .map((descriptor) => entry.end - descriptor - entry.size)
    .find((start) => start >= least && start < least + 2 * torchAlignment && start % torchAlignment === 0);
  const isTold = offset !== undefined && !entry.compressed && entry.end <= source.size;
  return isTold ? offset : entryDataOffset(source, entry);
}

/**
 * Where the bytes of a stored entry begin.
 * @throws PinwordError 'bad-pickle' when it is compressed, or its header contradicts the directory.
 */
export async function entryDataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  if (entry.compressed) throw badZip(source, `"${entry.name}" is compressed; save the file again with torch.save`);
  if (entry.headerOffset + localHeaderSize > source.size) throw badZip(source, `"${entry.name}" lies outside the file`);
  const header = viewOf(await source.read(entry.headerOffset, localHeaderSize));
  if (header.getUint32(0, true) !== localSignature) throw badZip(source, `"${entry.name}" has no header`);
  const offset = entry.headerOffset + localHeaderSize + header.getUint16(26, true) + header.getUint16(28, true);
  if (offset + entry.size > source.size) throw badZip(source, `"${entry.name}" lies outside the file`);
  return offset;
}

export function badZip(source: ByteSource, what: string, cause?: unknown): PinwordError {
  return new PinwordError('bad-pickle', `"${source.name}" is not a PyTorch file that can be read: ${what}.`, { cause });
}

async function findDirectory(source: ByteSource): Promise<{ readonly offset: number; readonly size: number }> {
  const tailSize = Math.min(source.size, endSize + maxCommentSize);
  const tailOffset = source.size - tailSize;
  const tail = viewOf(await source.read(tailOffset, tailSize));
  for (let at = tailSize - endSize; at >= 0; at--) {
    if (tail.getUint32(at, true) !== endSignature || at + endSize + tail.getUint16(at + 20, true) !== tailSize)
      continue;
    const size = tail.getUint32(at + 12, true);
    const offset = tail.getUint32(at + 16, true);
    const needs64 = size === 0xffff_ffff || offset === 0xffff_ffff;
    return needs64 ? findDirectory64(source, tailOffset + at - locator64Size) : { offset, size };
  }
  throw badZip(source, 'its zip directory is missing, so it is not complete or not a zip archive');
}

async function findDirectory64(
  source: ByteSource,
  locatorOffset: number,
): Promise<{ readonly offset: number; readonly size: number }> {
  if (locatorOffset < 0) throw badZip(source, 'its zip64 directory is missing');
  const locator = viewOf(await source.read(locatorOffset, locator64Size));
  const endOffset = readUint64(source, locator, 8);
  if (locator.getUint32(0, true) !== locator64Signature || endOffset + end64Size > source.size)
    throw badZip(source, 'its zip64 directory is missing');
  const end = viewOf(await source.read(endOffset, end64Size));
  if (end.getUint32(0, true) !== end64Signature) throw badZip(source, 'its zip64 directory is missing');
  return { size: readUint64(source, end, 40), offset: readUint64(source, end, 48) };
}

function parseDirectory(source: ByteSource, view: DataView): readonly Unplaced[] {
  const entries = new Map<string, Unplaced>();
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = 0; at < view.byteLength;) {
    if (at + directoryHeaderSize > view.byteLength || view.getUint32(at, true) !== directorySignature)
      throw badZip(source, 'its directory is damaged');
    const nameEnd = at + directoryHeaderSize + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const end = extraEnd + view.getUint16(at + 32, true);
    if (end > view.byteLength) throw badZip(source, 'its directory is damaged');
    const name = decoder.decode(bytes.subarray(at + directoryHeaderSize, nameEnd));
    if (entries.has(name)) throw badZip(source, `it holds "${name.slice(0, 200)}" twice`);
    entries.set(name, readEntry(source, view, at, name, nameEnd, extraEnd));
    at = end;
  }
  return [...entries.values()];
}

function readEntry(
  source: ByteSource,
  view: DataView,
  at: number,
  name: string,
  extra: number,
  extraEnd: number,
): Unplaced {
  const flags = view.getUint16(at + 8, true);
  if ((flags & 1) === 1) throw badZip(source, 'it is encrypted');
  const method = view.getUint16(at + 10, true);
  const wide = wideFields(source, view, extra, extraEnd);
  const field = (offset: number) => {
    const value = view.getUint32(at + offset, true);
    return value === 0xffff_ffff ? wide() : value;
  };
  // The order in which zip64 lists the fields that did not fit.
  const size = field(24);
  const storedSize = field(20);
  const headerOffset = field(42);
  if (method === 0 && size !== storedSize) throw badZip(source, `"${name.slice(0, 200)}" has two sizes`);
  return {
    name,
    nameBytes: extra - at - directoryHeaderSize,
    size,
    compressed: method !== 0,
    crc32: view.getUint32(at + 16, true),
    headerOffset,
    hasDescriptor: (flags & 8) !== 0,
  };
}

/** Gives the 64-bit fields of an entry's zip64 extra, one after the other. */
function wideFields(source: ByteSource, view: DataView, extra: number, extraEnd: number): () => number {
  let at = extra;
  let end = extra;
  while (at + 4 <= extraEnd) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && fieldEnd <= extraEnd) {
      end = fieldEnd;
      break;
    }
    at = fieldEnd;
  }
  at += 4;
  return () => {
    if (at + 8 > end) throw badZip(source, 'its zip64 sizes are missing');
    const value = readUint64(source, view, at);
    at += 8;
    return value;
  };
}

function readUint64(source: ByteSource, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badZip(source, 'it claims a size that no file has');
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
