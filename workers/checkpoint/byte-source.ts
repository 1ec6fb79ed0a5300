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
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}
