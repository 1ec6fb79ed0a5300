import { browserStorage } from './browser-storage.ts';
import { ModelStorage } from './model-storage.ts';
import { openOpfsFolder } from './opfs-folder.ts';

/**
 * Opens the browser's storage, in a worker.
 * @param sitePath path of the site's root: another Pinword on the same host has files of its own
 * @throws PinwordError 'storage-unavailable': then use openSource, materialize and memorySink instead
 */
export async function openModelStorage(sitePath: string): Promise<ModelStorage> {
  const scope = `pinword${sitePath}`;
  // Slashes are allowed in the names of locks and channels, not in those of folders.
  const folder = await openOpfsFolder(encodeURIComponent(scope));
  const storage = new ModelStorage(folder, browserStorage(scope));
  await storage.removeAbandoned();
  return storage;
}
