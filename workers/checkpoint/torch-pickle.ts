import { PinwordError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { crc32 } from './crc32.ts';
import { elementBytes } from './dtype.ts';
import { readPickle } from './pickle-machine.ts';
import { PickleRefusal, type PickleTensor, type PickleValue } from './pickle-values.ts';
import type { TensorInfo } from './tensor-table.ts';
import { badZip, entryDataOffset, readZipEntries, type ZipEntry } from './zip.ts';

export { isPickleTensor, type PickleMap, type PickleValue } from './pickle-values.ts';

/** A file that torch.save wrote, as data. */
export interface TorchFile {
  /** What was saved. Lists and dicts may hold themselves: do not walk them without a limit. */
  readonly root: PickleValue;
  /**
   * Where a tensor of `root` lies in the file.
   * @throws PinwordError 'bad-pickle' when it lies outside its storage.
   */
  locate(tensor: PickleTensor): Promise<TensorInfo>;
}

/** The pickle of a whole SD checkpoint has about 200 kB. */
const maxPickleBytes = 32 * 1024 * 1024;

/**
 * Reads a file of torch.save (.pt, .bin, .ckpt) without running anything of it: names besides those of tensors are
 * refused. Only the zip format (torch ≥ 1.6) is read.
 * @throws PinwordError 'bad-pickle' naming what was refused.
 */
export async function readTorchFile(source: ByteSource): Promise<TorchFile> {
  await refuseOtherFormats(source);
  const entries = await readZipEntries(source);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  const pickle = entries.get(pickleName ?? '');
  if (pickleName === undefined || pickle === undefined) throw badZip(source, 'it is a zip archive without data.pkl');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  await refuseBigEndian(source, entries.get(`${folder}byteorder`));
  const root = parse(source, await readSmallEntry(source, pickle, maxPickleBytes));
  return { root, locate: (tensor) => locate(source, entries.get(`${folder}data/${tensor.storage.key}`), tensor) };
}

async function refuseOtherFormats(source: ByteSource): Promise<void> {
  const start = await source.read(0, Math.min(4, source.size));
  if (start[0] === 0x50 && start[1] === 0x4b) return;
  if (start[0] === 0x80)
    throw badZip(
      source,
      'it has the format of PyTorch before 1.6; load it with torch and save it again with torch.save, or as safetensors',
    );
  throw badZip(source, 'it is no zip archive');
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

function parse(source: ByteSource, bytes: Uint8Array): PickleValue {
  try {
    return readPickle(bytes);
  } catch (error) {
    if (error instanceof PickleRefusal)
      throw new PinwordError(
        'bad-pickle',
        `"${source.name}" cannot be read: ${error.message}. Use a safetensors file instead.`,
        { cause: error },
      );
    throw error;
  }
}

async function locate(source: ByteSource, entry: ZipEntry | undefined, tensor: PickleTensor): Promise<TensorInfo> {
  const { dtype, key } = tensor.storage;
  if (entry === undefined) throw badZip(source, `its storage "${key.slice(0, 200)}" is missing`);
  const width = elementBytes(dtype);
  const length = tensor.shape.reduce((product, extent) => product * extent, width);
  if (!(tensor.elementOffset * width + length <= entry.size))
    throw badZip(source, `a tensor reaches beyond its storage "${key.slice(0, 200)}"`);
  const offset = (await entryDataOffset(source, entry)) + tensor.elementOffset * width;
  return { dtype, shape: tensor.shape, offset, length };
}
