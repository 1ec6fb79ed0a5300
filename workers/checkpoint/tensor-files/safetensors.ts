import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { elementBytes } from '../tensors/dtype.ts';
import { isJsonArray, isJsonObject, type JsonBounds, type JsonValue, parseForeignJson } from '../json/foreign-json.ts';
import { type TensorDtype, tensorDtypes, type TensorInfo, type TensorTable } from '../tensors/tensor-table.ts';

export { writeSafetensorsHeader } from './safetensors-writer.ts';

/**
 * The format allows 100 MB, which would be gigabytes once parsed. The headers of Stable Diffusion are 0.2 MB, those of
 * LoRA files with all that kohya notes down a few.
 */
const maxHeaderBytes = 32 * 1024 * 1024;
/** {name: {shape: [n]}}: deeper nesting is no safetensors header. Ten thousand tensors, nine values each, are far more than any model has. */
const headerBounds: JsonBounds = { maxDepth: 3, maxValues: 100_000, refusesRepeatedKeys: true };
const metadataKey = '__metadata__';

export interface SafetensorsFile {
  readonly table: TensorTable;
  /** Free text that the writer added, e.g. ModelSpec's or kohya's keys. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the header of a safetensors file and trusts nothing in it: lengths, shapes and offsets must agree, the
 * tensors must fill the file without overlap, hole or remainder.
 * @throws PinwordError 'bad-safetensors'; 'download-incomplete' where only the end of the file is missing.
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const headerLength = await readHeaderLength(source);
  const header = parseHeader(source, await source.read(8, headerLength));
  const dataStart = 8 + headerLength;
  const table = new Map<string, TensorInfo>();
  for (const [name, entry] of header) {
    if (name !== metadataKey) table.set(name, readEntry(source, name, entry, dataStart));
  }
  checkCoverage(source, table, dataStart);
  return { table, metadata: readMetadata(source, header.get(metadataKey)) };
}

/** The tensors of a safetensors file; see readSafetensors. */
export async function readSafetensorsTable(source: ByteSource): Promise<TensorTable> {
  return (await readSafetensors(source)).table;
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  if (source.size < 8) throw incomplete(source, 'it is shorter than 8 bytes');
  const start = await source.read(0, Math.min(9, source.size));
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) throw bad(source, notSafetensors(start, length));
  if (length < 2n) throw bad(source, 'its header is empty');
  if (start[8] !== undefined && start[8] !== 0x7b) throw bad(source, 'its header is not a JSON object');
  if (8n + length > BigInt(source.size)) throw incomplete(source, 'its header is cut off');
  return Number(length);
}

function notSafetensors(start: Uint8Array, length: bigint): string {
  const text = new TextDecoder('latin1').decode(start);
  if (text.startsWith('version')) return 'it is a Git LFS pointer; download the real file';
  if (text.startsWith('<')) return 'it is a web page, not a model file';
  if (text.startsWith('PK')) return 'it is a PyTorch (.pt, .ckpt) or zip file with the wrong ending';
  return `its header claims ${length} bytes, more than any model's needs`;
}

function parseHeader(source: ByteSource, bytes: Uint8Array): ReadonlyMap<string, JsonValue> {
  try {
    const header = parseForeignJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), headerBounds);
    if (isJsonObject(header)) return header;
  } catch (error) {
    // TextDecoder throws TypeError.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    const reason = error instanceof SyntaxError ? error.message : 'it is not UTF-8 text';
    throw new PinwordError('bad-safetensors', `"${source.name}" has a damaged header: ${reason}. ${remedy}`, {
      cause: error,
    });
  }
  throw bad(source, 'its header is not a JSON object');
}

function readEntry(source: ByteSource, name: string, entry: JsonValue, dataStart: number): TensorInfo {
  if (!isJsonObject(entry)) throw badTensor(source, name, 'has no description');
  const dtype = readDtype(source, name, entry.get('dtype'));
  const shape = readNaturals(entry.get('shape'));
  if (shape === null) throw badTensor(source, name, 'has a malformed shape');
  const [begin, end, ...more] = readNaturals(entry.get('data_offsets')) ?? [];
  if (begin === undefined || end === undefined || more.length > 0 || end < begin)
    throw badTensor(source, name, 'has malformed offsets');
  if (entry.size !== 3) throw badTensor(source, name, 'has fields besides dtype, shape and data_offsets');
  const length = shape.reduce((product, extent) => product * extent, elementBytes(dtype));
  if (length !== end - begin)
    throw badTensor(source, name, `has ${end - begin} bytes where its shape and type need ${length}`);
  return { dtype, shape, offset: dataStart + begin, length };
}

function readDtype(source: ByteSource, name: string, value: JsonValue | undefined): TensorDtype {
  if (typeof value === 'string' && isTensorDtype(value)) return value;
  throw badTensor(
    source,
    name,
    `has the element type ${JSON.stringify(value ?? null).slice(0, 40)}, which is not known here`,
  );
}

function isTensorDtype(value: string): value is TensorDtype {
  return Object.hasOwn(tensorDtypes, value);
}

function readNaturals(value: JsonValue | undefined): readonly number[] | null {
  if (!isJsonArray(value)) return null;
  const numbers: number[] = [];
  for (const item of value) {
    if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) return null;
    numbers.push(item);
  }
  return numbers;
}

function checkCoverage(source: ByteSource, table: TensorTable, dataStart: number): void {
  const inOrder = [...table].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let end = dataStart;
  for (const [name, info] of inOrder) {
    if (info.offset < end) throw badTensor(source, name, 'overlaps another tensor');
    if (info.offset > end) throw badTensor(source, name, `follows a hole of ${info.offset - end} bytes`);
    end = info.offset + info.length;
  }
  if (end > source.size) throw incomplete(source, `${end - source.size} of ${end} bytes are missing`);
  if (end < source.size) throw bad(source, `${source.size - end} bytes follow its last tensor`);
}

function readMetadata(source: ByteSource, value: JsonValue | undefined): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isJsonObject(value)) throw bad(source, 'its metadata is not an object');
  for (const [key, text] of value) {
    if (typeof text !== 'string') throw bad(source, 'its metadata holds something that is not text');
    metadata.set(key, text);
  }
  return metadata;
}

const remedy = 'Download it again, or choose another file.';

function bad(source: ByteSource, what: string): PinwordError {
  return new PinwordError('bad-safetensors', `"${source.name}" is not a sound safetensors file: ${what}. ${remedy}`);
}

function badTensor(source: ByteSource, name: string, what: string): PinwordError {
  return bad(source, `the tensor ${JSON.stringify(name.slice(0, 200))} ${what}`);
}

function incomplete(source: ByteSource, what: string): PinwordError {
  return new PinwordError(
    'download-incomplete',
    `"${source.name}" is not complete: ${what}. Resume or repeat the download.`,
  );
}
