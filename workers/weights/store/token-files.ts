import { crc32 } from '../../checkpoint/bytes/crc32.ts';
import { PinwordError } from '../../errors.ts';
import { replaceFile } from './durable-json.ts';
import type { StorageFolder } from './storage-file.ts';

/**
 * Before the numbers of a file, little-endian: what it is, its version, the checksum and the count of its numbers, and when
 * it was last used (f64, milliseconds since 1970).
 */
const headBytes = 24;
const magic = 0x4b4c5750;
const version = 1;
const usedAt = 16;
const ending = '.tokens';

/** Room for a thousand pictures with 16 tokens each. */
const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * Small arrays of numbers that were costly to compute, by key, in files of their own. Those that were not used for longest
 * go where there are too many. Whatever the storage refuses is done without.
 */
export class TokenFiles {
  readonly #open: () => Promise<StorageFolder>;
  readonly #now: () => number;
  readonly #maxBytes: number;

  /** @param open called for every use: it remembers by itself */
  constructor(open: () => Promise<StorageFolder>, now: () => number, maxBytes = defaultMaxBytes) {
    this.#open = open;
    this.#now = now;
    this.#maxBytes = maxBytes;
  }

  /** @param key a file's name. @returns null for what is not there, damaged, or of another version */
  get(key: string): Promise<Float32Array<ArrayBuffer> | null> {
    return unlessRefused(null, async () => {
      const folder = await this.#open();
      const blob = await folder.blob(key + ending);
      const values = blob === null ? null : readValues(await blob.arrayBuffer());
      if (values === null) return null;
      await unlessRefused(undefined, () => this.#touch(folder, key));
      return values;
    });
  }

  set(key: string, values: Float32Array<ArrayBuffer>): Promise<void> {
    return unlessRefused(undefined, async () => {
      const folder = await this.#open();
      await replaceFile(folder, key + ending, written(values, this.#now()));
      await this.#removeOldest(folder);
    });
  }

  /**
   * Deletes what is kept of some things.
   * @param starts what the keys of these begin with, before a dash. Keys without one are of earlier versions, which told
   *   nothing apart: they go too
   */
  forget(starts: readonly string[]): Promise<void> {
    return unlessRefused(undefined, async () => {
      const folder = await this.#open();
      for (const name of await folder.list()) {
        const [start = ''] = name.split('-');
        if (name.endsWith(ending) && (start === name || starts.includes(start))) await folder.remove(name);
      }
    });
  }

  async #touch(folder: StorageFolder, key: string): Promise<void> {
    const file = await folder.open(key + ending);
    try {
      file.write(usedAt, new Uint8Array(new Float64Array([this.#now()]).buffer));
      file.flush();
    } finally {
      file.close();
    }
  }

  async #removeOldest(folder: StorageFolder): Promise<void> {
    const files: { readonly name: string; readonly size: number; readonly used: number }[] = [];
    for (const name of await folder.list()) {
      const blob = name.endsWith(ending) ? await folder.blob(name) : null;
      if (blob !== null) files.push({ name, size: blob.size, used: await lastUse(blob) });
    }
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of files.sort((a, b) => a.used - b.used)) {
      if (bytes <= this.#maxBytes) return;
      await folder.remove(name);
      bytes -= size;
    }
  }
}

function written(values: Float32Array<ArrayBuffer>, now: number): Uint8Array<ArrayBuffer> {
  const numbers = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array(headBytes + numbers.length);
  const head = new DataView(bytes.buffer);
  for (const [index, value] of [magic, version, crc32(numbers), values.length].entries())
    head.setUint32(4 * index, value, true);
  head.setFloat64(usedAt, now, true);
  bytes.set(numbers, headBytes);
  return bytes;
}

function readValues(buffer: ArrayBuffer): Float32Array<ArrayBuffer> | null {
  if (buffer.byteLength < headBytes) return null;
  const head = new DataView(buffer);
  const [kind, of, checksum, count] = [0, 4, 8, 12].map((offset) => head.getUint32(offset, true));
  if (kind !== magic || of !== version || count === undefined || buffer.byteLength !== headBytes + 4 * count)
    return null;
  const numbers = new Uint8Array(buffer, headBytes);
  return crc32(numbers) === checksum ? new Float32Array(buffer, headBytes) : null;
}

/** What cannot be read goes first. */
async function lastUse(blob: Blob): Promise<number> {
  const head = await blob.slice(0, headBytes).arrayBuffer();
  const used = head.byteLength < headBytes ? NaN : new DataView(head).getFloat64(usedAt, true);
  return Number.isFinite(used) ? used : 0;
}

async function unlessRefused<T>(otherwise: T, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    if (thrown instanceof PinwordError) return otherwise;
    throw thrown;
  }
}
