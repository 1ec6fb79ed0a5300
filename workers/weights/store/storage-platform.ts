/** What the store needs of the browser beside files; tests bring their own. */
export interface StoragePlatform {
  /** Bytes used and allowed in this browser's storage for the site; null where the browser does not tell. */
  estimate(): Promise<{ readonly usage: number; readonly quota: number } | null>;
  /** Whether the browser has agreed not to clear the storage by itself. Only the window can ask it to. */
  persisted(): Promise<boolean>;
  /** Runs `action` while no other tab holds the lock of this name; waits for it, or until the signal fires ('cancelled'). */
  withLock<T>(name: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T>;
  /** As withLock, but gives null at once where the lock is held. */
  ifFree<T>(name: string, action: () => Promise<T>): Promise<T | null>;
  /** Takes a lock for as long as this worker lives. */
  holdLock(name: string): Promise<void>;
  /** Tells other tabs how many source bytes of the work under a lock are there, and of how many. */
  announce(name: string, bytes: number, totalBytes: number): void;
  /** Hears what other tabs announce. @returns what ends it */
  listen(name: string, onProgress: (bytes: number, totalBytes: number) => void): () => void;
  /** Milliseconds since 1970. */
  now(): number;
}
