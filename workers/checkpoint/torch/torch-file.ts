import { PinwordError } from '../../errors.ts';
import { type ByteSource, notInPlace } from '../bytes/byte-source.ts';
import { crc32 } from '../bytes/crc32.ts';
import { elementBytes } from '../tensors/dtype.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';
import { readLegacyFile } from './legacy-file.ts';
import { readPickle } from './pickle-machine.ts';
import { PickleRefusal, type PickleStorage, type PickleTensor, type PickleValue } from './pickle-values.ts';
import { type StoragePlace, TensorViews } from './tensor-views.ts';
import { badZip, entryDataOffset, readZipEntries, torchDataOffset, type ZipEntry } from './zip.ts';

export { isPickleTensor, type PickleMap, type PickleTensor, type PickleValue } from './pickle-values.ts';

/** A file that torch.save wrote, as data. */
export interface TorchFile {
  /** What was saved. Lists and dicts may hold themselves: do not walk them without a limit. */
  readonly root: PickleValue;
  /**
   * Where a tensor of `root` lies in `source()`, row by row and apart from all others.
   * @throws PinwordError 'bad-pickle' when it lies outside its storage.
   */
  locate(tensor: PickleTensor): Promise<TensorInfo>;
  /** The file with all that was located so far. */
  source(): ByteSource;
}

/** The pickle of a whole SD checkpoint has about 200 kB. */
const maxPickleBytes = 32 * 1024 * 1024;

/**
 * Reads a file of torch.save (.pt, .bin, .ckpt) without running anything of it: names besides those of tensors, and of
 * what training programs leave beside them, are refused.
 * @throws PinwordError 'bad-pickle' naming what was refused.
 */
export async function readTorchFile(source: ByteSource): Promise<TorchFile> {
  const start = await source.read(0, Math.min(4, source.size));
  if (start[0] === 0x80) return readLegacy(source);
  if (start[0] !== 0x50 || start[1] !== 0x4b) throw badZip(source, 'it is no zip archive');
  const entries = await readZipEntries(source);
  const pickle = pickleEntry(entries);
  if (pickle === null) throw badZip(source, 'it is a zip archive without data.pkl');
  const folder = pickle.name.slice(0, -pickleName.length);
  await refuseBigEndian(source, entries.get(`${folder}byteorder`));
  const bytes = await readSmallEntry(source, pickle, maxPickleBytes);
  const { value } = refusing(source, () => readPickle(bytes));
  const placeOf = async ({ key }: PickleStorage): Promise<StoragePlace> => {
    const entry = entries.get(`${folder}data/${key}`);
    if (entry === undefined) throw badZip(source, `its storage "${key.slice(0, 200)}" is missing`);
    return { offset: await torchDataOffset(source, entry), length: entry.size };
  };
  return torchFile(source, value, placeOf);
}

/** Where the parts of a torch file lie that tell of all others: from its start, and before its end. null for other formats. */
export async function torchEnds(source: ByteSource): Promise<{ readonly head: number; readonly tail: number } | null> {
  const start = await source.read(0, Math.min(2, source.size));
  if (start[0] !== 0x50 || start[1] !== 0x4b) return null;
  const entries = await readZipEntries(source);
  const pickle = pickleEntry(entries);
  if (pickle === null) return null;
  const order = entries.get(pickle.name.replace(pickleName, 'byteorder'));
  let directory = 0;
  for (const { end } of entries.values()) directory = Math.max(directory, end);
  return { head: Math.max(pickle.end, order?.end ?? 0), tail: Math.max(source.size - directory, maxZipTail) };
}

/** The end of a zip archive that is searched for its directory. */
const maxZipTail = 65_557;

const pickleName = 'data.pkl';

function pickleEntry(entries: ReadonlyMap<string, ZipEntry>): ZipEntry | null {
  return [...entries.values()].find(({ name }) => /^[^/]+\/data\.pkl$/.test(name)) ?? null;
}

/** The format of torch before 1.6. Its storages lie at odd places, so that the file cannot be used as it is. */
async function readLegacy(source: ByteSource): Promise<TorchFile> {
  const { root, places } = await refusing(source, () => readLegacyFile(source, maxPickleBytes));
  return torchFile(notInPlace(source), root, async ({ key, count, dtype }) => {
    const place = places.get(key);
    if (place === undefined || place + 8 > source.size)
      throw badZip(source, `its storage "${key.slice(0, 200)}" is missing`);
    const written = new DataView((await source.read(place, 8)).buffer).getBigUint64(0, true);
    const length = count * elementBytes(dtype);
    if (written !== BigInt(count) || place + 8 + length > source.size)
      throw badZip(source, `its storage "${key.slice(0, 200)}" is damaged or cut off`);
    return { offset: place + 8, length };
  });
}

function torchFile(
  source: ByteSource,
  root: PickleValue,
  placeOf: (storage: PickleStorage) => Promise<StoragePlace>,
): TorchFile {
  const views = new TensorViews(source);
  return {
    root,
    locate: async (tensor) => {
      const place = await placeOf(tensor.storage);
      return refusing(source, () => views.place(tensor, place));
    },
    source: () => views.source(),
  };
}

async function refuseBigEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return;
  const order = new TextDecoder().decode(await readSmallEntry(source, entry, 16));
  if (order !== 'little') throw badZip(source, 'its numbers are not little-endian');
}

async function readSmallEntry(source: ByteSource, entry: ZipEntry, maxBytes: number): Promise<Uint8Array> {
  if (entry.size > maxBytes) throw badZip(source, `"${entry.name}" is too large`);
  const bytes = await source.read(await entryDataOffset(source, entry), entry.size);
  if (crc32(bytes) !== entry.crc32) throw badZip(source, `"${entry.name}" is damaged`);
  return bytes;
}

function refusing<T>(source: ByteSource, read: () => Promise<T>): Promise<T>;
function refusing<T>(source: ByteSource, read: () => T): T;
function refusing<T>(source: ByteSource, read: () => T | Promise<T>): T | Promise<T> {
  const refused = (error: unknown): never => {
    if (!(error instanceof PickleRefusal)) throw error;
    throw new PinwordError(
      'bad-pickle',
      `"${source.name}" cannot be read: ${error.message}. Use a safetensors file instead.`,
      {
        cause: error,
      },
    );
  };
  try {
    const result = read();
    return result instanceof Promise ? result.catch(refused) : result;
  } catch (error) {
    return refused(error);
  }
}
