import { setImmediate as nextTurn } from 'node:timers/promises';

import { PinwordError } from '../../errors.ts';
import type { StoragePlatform } from '../../weights/store/storage-platform.ts';
import type { StorageFile, StorageFolder } from '../../weights/store/storage-file.ts';

/** The power fails. */
export class Crash extends Error {}

/** A storage folder in memory that can crash, be full, and lose what was not flushed. */
export class MemoryStorage implements StorageFolder {
  /** Bytes that may still be written before it crashes. */
  bytesUntilCrash = Infinity;
  /** Bytes that fit. */
  capacity = Infinity;
  readonly #files = new Map<string, { durable: Uint8Array<ArrayBuffer>; current: Uint8Array<ArrayBuffer> }>();
  readonly #open = new Set<string>();

  /** Takes a moment, as a disk does, in which others meet the file open. */
  async open(name: string): Promise<StorageFile> {
    if (this.#open.has(name)) throw new PinwordError('storage-busy', name);
    this.#open.add(name);
    await nextTurn();
    const file = this.#files.get(name) ?? { durable: new Uint8Array(), current: new Uint8Array() };
    this.#files.set(name, file);
    return {
      size: () => file.current.length,
      read: (offset, length) => file.current.slice(offset, offset + length),
      write: (offset, bytes) => {
        if (this.usage() + Math.max(0, offset + bytes.length - file.current.length) > this.capacity)
          throw new PinwordError('storage-quota', name);
        const fits = Math.min(bytes.length, this.bytesUntilCrash);
        this.bytesUntilCrash -= fits;
        file.current = resized(file.current, Math.max(file.current.length, offset + fits));
        file.current.set(bytes.subarray(0, fits), offset);
        if (fits < bytes.length) throw new Crash();
      },
      truncate: (size) => {
        file.current = resized(file.current, size);
      },
      flush: () => {
        file.durable = file.current.slice();
      },
      close: () => {
        this.#open.delete(name);
      },
    };
  }

  blob(name: string): Promise<Blob | null> {
    const file = this.#files.get(name);
    return Promise.resolve(file === undefined ? null : new Blob([file.current]));
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#files.keys()]);
  }

  remove(name: string): Promise<void> {
    if (this.#open.has(name)) return Promise.reject(new PinwordError('storage-busy', name));
    this.#files.delete(name);
    return Promise.resolve();
  }

  usage(): number {
    return [...this.#files.values()].reduce((sum, { current }) => sum + current.length, 0);
  }

  /** Starts again after a crash. What was not flushed is lost (`torn` false), or partly there (true). */
  restart(torn: boolean): void {
    this.#open.clear();
    this.bytesUntilCrash = Infinity;
    for (const file of this.#files.values()) {
      if (!torn) file.current = file.durable.slice();
      file.durable = file.current.slice();
    }
  }

  /** Flips one bit of a stored file. */
  damage(name: string, offset: number): void {
    const file = this.#files.get(name);
    if (file === undefined || offset >= file.current.length) throw new RangeError(`${name} has no byte ${offset}.`);
    file.current[offset] = (file.current[offset] ?? 0) ^ 1;
  }
}

function resized(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

/** One browser's locks and quota, shared by the "tabs" of a test. */
export class MemoryEnvironment implements StoragePlatform {
  usage = 0;
  quota = Infinity;
  time = 0;
  readonly #listeners = new Set<(name: string, bytes: number, totalBytes: number) => void>();
  readonly #held = new Map<string, Promise<unknown>>();

  estimate(): Promise<{ usage: number; quota: number }> {
    return Promise.resolve({ usage: this.usage, quota: this.quota });
  }

  persisted(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async withLock<T>(name: string, _signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const before = this.#held.get(name);
    const mine = (before ?? Promise.resolve()).then(action);
    const settled = mine.catch(() => undefined);
    this.#held.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#held.get(name) === settled) this.#held.delete(name);
    }
  }

  async ifFree<T>(name: string, action: () => Promise<T>): Promise<T | null> {
    return this.#held.has(name) ? null : this.withLock(name, undefined, action);
  }

  holdLock(name: string): Promise<void> {
    this.#held.set(name, Promise.resolve());
    return Promise.resolve();
  }

  /** The worker of this life ends. */
  releaseLocks(): void {
    this.#held.clear();
  }

  announce(name: string, bytes: number, totalBytes: number): void {
    for (const hear of this.#listeners) hear(name, bytes, totalBytes);
  }

  listen(name: string, onProgress: (bytes: number, totalBytes: number) => void): () => void {
    const hear = (about: string, bytes: number, totalBytes: number) => {
      if (about === name) onProgress(bytes, totalBytes);
    };
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  now(): number {
    return ++this.time;
  }
}
