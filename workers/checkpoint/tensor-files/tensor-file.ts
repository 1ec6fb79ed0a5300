import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readSafetensors } from './safetensors.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import {
  isPickleTensor,
  type PickleMap,
  type PickleValue,
  readTorchFile,
  type TorchFile,
} from '../torch/torch-file.ts';

/** A file that holds tensors by name, in whichever of the two formats. */
export interface TensorFile {
  /** The file; of a torch file, with views put in order behind its end. */
  readonly source: ByteSource;
  readonly table: TensorTable;
  /** Of safetensors files only. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Whether a file is an archive of torch.save, told by its first bytes and not by its ending. */
export async function isTorchFile(source: ByteSource): Promise<boolean> {
  const start = await source.read(0, Math.min(9, source.size));
  // A safetensors file begins with its header's length, which may end in the very bytes that mark a ZIP or a pickle.
  if (start[8] === 0x7b) return false;
  return (start[0] === 0x50 && start[1] === 0x4b) || (start[0] === 0x80 && start[1] === 0x02);
}

/**
 * Reads a state dict from a safetensors or a torch.save file.
 * @param paths keys below which a torch file may hold its state dict, tried before its root.
 * @param groups keys of a torch file's root that each hold a dict: its tensors are named "key.name" then.
 * @throws PinwordError 'bad-safetensors' | 'bad-pickle' | 'download-incomplete'.
 */
export async function readTensorFile(
  source: ByteSource,
  paths: readonly string[] = [],
  groups: readonly string[] = [],
): Promise<TensorFile> {
  if (!(await isTorchFile(source))) return { source, ...(await readSafetensors(source)) };
  const file = await readTorchFile(source);
  const table = (await groupedDicts(source, file, groups)) ?? (await stateDict(source, file, paths));
  return { source: file.source(), table, metadata: new Map() };
}

async function stateDict(source: ByteSource, file: TorchFile, paths: readonly string[]): Promise<TensorTable> {
  if (!(file.root instanceof Map))
    throw new PinwordError('bad-pickle', `"${source.name}" holds no tensors by name. Choose another file.`);
  const root = file.root;
  const below = paths.map((path) => root.get(path)).find(isMap);
  return tensorsOf(source, file, below ?? root);
}

/** @returns null where the file has none of these groups */
async function groupedDicts(
  source: ByteSource,
  file: TorchFile,
  groups: readonly string[],
): Promise<TensorTable | null> {
  const tables: [string, TensorTable][] = [];
  for (const group of groups) {
    const dict = isMap(file.root) ? file.root.get(group) : undefined;
    if (isMap(dict)) tables.push([group, await tensorsOf(source, file, dict)]);
  }
  if (tables.length === 0) return null;
  return new Map(
    tables.flatMap(([group, table]) => [...table].map(([name, info]) => [`${group}.${name}`, info] as const)),
  );
}

/** Stable Diffusion with its averaged weights has two thousand. */
const maxTensors = 20_000;

/** The tensors of one dict; values that are no tensors (numbers, nested dicts) are left out. */
async function tensorsOf(source: ByteSource, file: TorchFile, map: PickleMap): Promise<TensorTable> {
  const tensors = [...map].flatMap(([key, value]) =>
    typeof key === 'string' && isPickleTensor(value) ? [[key, value] as const] : [],
  );
  if (tensors.length > maxTensors)
    throw new PinwordError(
      'bad-pickle',
      `"${source.name}" holds more than ${maxTensors} tensors. Choose another file.`,
    );
  const table = new Map<string, TensorInfo>();
  for (const [key, tensor] of tensors) table.set(key, await file.locate(tensor));
  return table;
}

export function isMap(value: PickleValue | undefined): value is PickleMap {
  return value instanceof Map;
}
