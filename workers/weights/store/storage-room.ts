import { formatBytes } from '../../contract/format-bytes.ts';
import { PinwordError } from '../../errors.ts';
import { listModels } from './stored-models.ts';
import type { StoragePlatform } from './storage-platform.ts';
import { dataName } from './stored-file.ts';
import type { StorageFolder } from './storage-file.ts';

/** Left free for records and for what browsers count beside the bytes themselves. */
const margin = 16 * 1024 * 1024;

/**
 * Checks that `bytes` more fit.
 * @throws PinwordError 'storage-quota' with the numbers and what could be removed
 */
export async function ensureRoom(
  folder: StorageFolder,
  platform: StoragePlatform,
  name: string,
  bytes: number,
): Promise<void> {
  if (bytes === 0) return;
  const estimate = await platform.estimate();
  if (estimate === null) return;
  const free = Math.max(0, estimate.quota - estimate.usage);
  if (bytes + margin <= free) return;
  const stored = await listModels(folder);
  const removable = stored.map((model) => `${model.name} (${formatBytes(model.bytes)})`).join(', ');
  const advice =
    removable === ''
      ? 'Free disk space, or load the model into memory only.'
      : `Remove a stored model, the longest unused first: ${removable}; or load the model into memory only.`;
  throw new PinwordError(
    'storage-quota',
    `Storing ${name} needs ${formatBytes(bytes)}, but the browser has ${formatBytes(free)} left for this site. ${advice}`,
  );
}

/** Bytes by which a stored file will grow. */
export async function missingBytes(folder: StorageFolder, id: string, size: number): Promise<number> {
  return Math.max(0, size - ((await folder.blob(dataName(id)))?.size ?? 0));
}

/** Waits for a record that only spares work later: where the storage is full, it goes without. */
export async function unlessFull(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (thrown) {
    if (!(thrown instanceof PinwordError) || thrown.code !== 'storage-quota') throw thrown;
  }
}
