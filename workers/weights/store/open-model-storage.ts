import { browserStorage } from './browser-storage.ts';
import { ModelStorage } from './model-storage.ts';
import { once } from '../../once.ts';
import { TokenFiles } from './token-files.ts';
import { openOpfsFolder } from './opfs-folder.ts';

/** Folders of this site's own: another Pinword on the same host has others. Slashes are not allowed in their names. */
function folderName(sitePath: string, name: string): string {
  // At the top of a host folders have the names that they always had.
  return sitePath === '/' ? name : encodeURIComponent(`pinword${sitePath}${name === 'models' ? '' : ` ${name}`}`);
}

/**
 * Opens the browser's storage, in a worker.
 * @param sitePath path of the site's root: another Pinword on the same host has files of its own
 * @throws PinwordError 'storage-unavailable': then use openSource, materialize and memorySink instead
 */
export async function openModelStorage(sitePath: string): Promise<ModelStorage> {
  const scope = `pinword${sitePath}`;
  const folder = await openOpfsFolder(folderName(sitePath, 'models'));
  const storage = new ModelStorage(folder, browserStorage(scope));
  await storage.removeAbandoned();
  return storage;
}

/** Opens what is kept of pictures' looks when it is first needed; where the browser stores nothing, nothing is kept. */
export function openTokenFiles(sitePath: string): TokenFiles {
  return new TokenFiles(
    once(() => openOpfsFolder(folderName(sitePath, 'looks'))),
    () => Date.now(),
  );
}
