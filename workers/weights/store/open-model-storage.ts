import { browserStorage } from './browser-storage.ts';
import { ModelStorage } from './model-storage.ts';
import { openOpfsFolder } from './opfs-folder.ts';

/**
 * Opens the browser's storage, in a worker.
 * @throws PinwordError 'storage-unavailable': then use openSource, materialize and memorySink instead
 */
export async function openModelStorage(): Promise<ModelStorage> {
  const storage = new ModelStorage(await openOpfsFolder('models'), browserStorage());
  await storage.removeAbandoned();
  return storage;
}
