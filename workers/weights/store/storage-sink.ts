import { PinwordError } from '../../errors.ts';
import type { WeightSink } from '../convert/weight-sink.ts';
import type { StorageFolder } from './storage-file.ts';

/** Writes a file of a storage folder, replacing what it held. The Blob stays valid until the file is written again. */
export async function storageSink(folder: StorageFolder, name: string): Promise<WeightSink> {
  const file = await folder.open(name);
  file.truncate(0);
  let size = 0;
  return {
    write: (bytes) => {
      file.write(size, bytes);
      size += bytes.length;
    },
    finish: async () => {
      file.flush();
      file.close();
      const blob = await folder.blob(name);
      if (blob === null)
        throw new PinwordError(
          'storage-unavailable',
          'The browser removed stored data while it was written. Load the model again.',
        );
      return blob;
    },
    discard: async () => {
      file.close();
      await folder.remove(name);
    },
  };
}
