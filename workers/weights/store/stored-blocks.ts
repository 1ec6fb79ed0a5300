import { PinwordError } from '../../errors.ts';
import { sha256 } from '../sources/hashes.ts';
import { writeDurableJson } from './durable-json.ts';
import { dataName, type StoredFile } from './stored-file.ts';
import type { StorageFolder } from './storage-file.ts';

/** True where a block is on disk as it arrived. A file without blocks has none that could be damaged. */
export async function isBlockGood(blob: Blob, file: StoredFile, index: number): Promise<boolean> {
  const start = index * file.blockBytes;
  const bytes = await blob.slice(start, Math.min(start + file.blockBytes, file.written)).arrayBuffer();
  return (file.blocks[index] ?? null) === null || (await sha256(new Uint8Array(bytes))) === file.blocks[index];
}

/**
 * Reads a whole file. Where it is damaged, its record ends before the first damaged block, so that the next load downloads
 * it again from there; where it is not, the record says when that was seen. Only under the file's lock.
 * @param options now: milliseconds since 1970
 * @returns false where it is damaged
 * @throws PinwordError 'cancelled'
 */
export async function cutAtDamage(
  folder: StorageFolder,
  id: string,
  file: StoredFile,
  options: {
    readonly signal?: AbortSignal;
    readonly onBytes?: (bytes: number) => void;
    readonly now: number;
  },
): Promise<boolean> {
  const blob = (await folder.blob(dataName(id))) ?? new Blob();
  for (const index of file.blocks.keys()) {
    if (options.signal?.aborted === true) throw new PinwordError('cancelled', 'The check was stopped.');
    if (!(await isBlockGood(blob, file, index))) {
      const written = index * file.blockBytes;
      const blocks = file.blocks.slice(0, index);
      await writeDurableJson(folder, id, { ...file, complete: false, written, blocks, sourceHash: null });
      return false;
    }
    options.onBytes?.(Math.min(file.blockBytes, file.written - index * file.blockBytes));
  }
  await writeDurableJson(folder, id, { ...file, checked: options.now });
  return true;
}
