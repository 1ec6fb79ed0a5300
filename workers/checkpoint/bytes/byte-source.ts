/** Random access to the bytes of one file, wherever it lies: memory, a File, OPFS, a server with Range. */
export interface ByteSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Reads [offset, offset + length).
   * @throws PinwordError 'download-incomplete' | 'network' | 'http-status' when fewer bytes can be had.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same bytes in pieces of any size, in order, for ranges too long for one buffer. Errors as for read. */
  stream?(offset: number, length: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** The Blob behind this source, where there is one: its bytes can be used in place. */
  readonly blob?: Blob;
}

/** The files of one checkpoint in diffusers layout, read-only, by path relative to its root. */
export interface CheckpointFiles {
  readonly name: string;
  /** @returns null where there is no such file. */
  find(path: string): Promise<ByteSource | null>;
}

/** A file that is already a Blob (dropped, chosen, or kept in OPFS). */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    blob,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** The same file, whose bytes cannot be used where they are. */
export function notInPlace<S extends ByteSource>(source: S): Omit<S, 'blob'> {
  return Object.fromEntries(Object.entries(source).filter(([key]) => key !== 'blob')) as Omit<S, 'blob'>;
}
