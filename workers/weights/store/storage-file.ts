/**
 * One file of the storage, open for writing. The small part of FileSystemSyncAccessHandle that is used, so that the
 * logic above it runs on memory in tests. Only one may be open for a name.
 */
export interface StorageFile {
  /** Bytes. */
  size(): number;
  /** Reads at most `length` bytes; fewer at the end of the file. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** @throws PinwordError 'storage-quota' when the disk or the quota is full */
  write(offset: number, bytes: Uint8Array<ArrayBuffer>): void;
  truncate(size: number): void;
  /** After this, what was written survives a crash. */
  flush(): void;
  close(): void;
}

/** A flat folder of files. */
export interface StorageFolder {
  /** Opens a file and makes it where it is missing. @throws PinwordError 'storage-busy' when another tab has it open */
  open(name: string): Promise<StorageFile>;
  /** The file as a Blob that stays on disk; null where it is missing. */
  blob(name: string): Promise<Blob | null>;
  list(): Promise<readonly string[]>;
  /** Does nothing where there is no such file. @throws PinwordError 'storage-busy' when it is open */
  remove(name: string): Promise<void>;
}
