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
