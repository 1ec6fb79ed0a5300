import type { StoredModel, VerifyReport } from '../../api.ts';
import { precisionOf } from '../../contract/memory.ts';
import { PinwordError } from '../../errors.ts';
import { type StoredFile, storedFileLock, storedFileSchema, listStoredFiles, removeStoredFile } from './stored-file.ts';
import { cutAtDamage } from './stored-blocks.ts';
import { readDurableJson } from './durable-json.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';

/** What is stored, the longest unused first. */
export async function listModels(folder: StorageFolder): Promise<readonly StoredModel[]> {
  const byIdentity = new Map<string, StoredFile[]>();
  for (const { file } of await listStoredFiles(folder))
    byIdentity.set(file.identity, [...(byIdentity.get(file.identity) ?? []), file]);
  return [...byIdentity].map(([id, parts]) => describe(id, parts)).sort((a, b) => a.lastUsed - b.lastUsed);
}

function describe(id: string, parts: readonly StoredFile[]): StoredModel {
  const weights = parts.filter(({ content }) => content !== 'head');
  return {
    id,
    name: parts[0]?.modelName ?? id,
    licence: parts.find(({ licence }) => licence !== null)?.licence ?? null,
    bytes: parts.reduce((sum, { written }) => sum + written, 0),
    complete: weights.length > 0 && parts.every(({ complete }) => complete),
    lastUsed: Math.max(...parts.map(({ lastUsed }) => lastUsed)),
    checked: Math.min(...weights.map(({ checked }) => checked)),
    files: weights.map(({ path, content, written, size }) => ({
      path,
      precision: content === 'head' || content === 'file' ? null : precisionOf(content),
      written,
      size,
    })),
  };
}

/** Removes a model. @throws PinwordError 'storage-busy' where a tab is downloading it */
export async function evictModel(folder: StorageFolder, platform: StoragePlatform, identity: string): Promise<void> {
  for (const { id, file } of await listStoredFiles(folder)) {
    if (file.identity !== identity) continue;
    const removed = await platform.ifFree(storedFileLock(id), async () => {
      await removeStoredFile(folder, id);
      return true;
    });
    if (removed === null)
      throw new PinwordError(
        'storage-busy',
        `${file.modelName} is being downloaded or checked. Stop that first, also in other tabs.`,
      );
  }
}

/**
 * Reads all of a model's files and compares them with the hashes recorded when they arrived. Damaged files are marked
 * so that the next load downloads them again from the first damaged block on.
 * @throws PinwordError 'cancelled'
 */
export async function verifyModel(
  folder: StorageFolder,
  platform: StoragePlatform,
  identity: string,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number, totalBytes: number) => void },
): Promise<VerifyReport> {
  const parts = (await listStoredFiles(folder)).filter(({ file }) => file.identity === identity);
  const total = parts.reduce((sum, { file }) => sum + file.written, 0);
  const damaged: string[] = [];
  let bytes = 0;
  for (const { id } of parts) {
    await platform.withLock(storedFileLock(id), options.signal, async () => {
      // Whoever held the lock may have brought another version, or removed this one.
      const file = await readDurableJson(folder, id, storedFileSchema);
      if (file === null) return;
      const onBytes = (count: number): void => {
        bytes += count;
        options.onProgress?.(bytes, total);
      };
      if (!(await cutAtDamage(folder, id, file, { ...options, onBytes, now: platform.now() }))) damaged.push(file.path);
    });
  }
  return { bytes, damaged };
}
