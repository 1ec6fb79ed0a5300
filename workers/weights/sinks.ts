import { PinwordError } from '../errors.ts';
import type { StorageFolder } from './storage-file.ts';

/** Where a written file goes, front to back. */
export interface WeightSink {
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** The whole file. */
  finish(): Promise<Blob>;
  /** Throws away what was written. */
  discard(): Promise<void>;
}

/** Pieces are handed to the browser's blob storage at this size; it may move them to disk. */
const pieceBytes = 16 * 1024 * 1024;

/** Collects the file as a Blob; the heap holds one piece of it at a time. */
export function memorySink(): WeightSink {
  let blobs: Blob[] = [];
  let pending: Uint8Array<ArrayBuffer>[] = [];
  let pendingBytes = 0;
  const hand = () => {
    blobs.push(new Blob(pending));
    pending = [];
    pendingBytes = 0;
  };
  return {
    write: (bytes) => {
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= pieceBytes) hand();
    },
    finish: () => {
      hand();
      return Promise.resolve(new Blob(blobs));
    },
    discard: () => {
      blobs = [];
      pending = [];
      return Promise.resolve();
    },
  };
}

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
