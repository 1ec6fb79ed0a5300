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
  // At the top of a host the folder has the name that it always had. Slashes are not allowed in the names of folders.
  const folder = await openOpfsFolder(sitePath === '/' ? 'models' : encodeURIComponent(scope));
  const storage = new ModelStorage(folder, browserStorage(scope));
  await storage.removeAbandoned();
  return storage;
}
