import { sha256 } from '../sources/hashes.ts';
import type { StorageFile } from './storage-file.ts';

/** Collects bytes into blocks of one size, and writes and hashes each as soon as it is full. */
export class BlockWriter {
  readonly #file: StorageFile;
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #hashes: string[];
  #filled = 0;
  #written: number;

  /** Goes on after `written` bytes, a multiple of the block size. What lay behind them is cut off. */
  constructor(file: StorageFile, blockBytes: number, written: number, hashes: readonly string[]) {
    file.truncate(written);
    this.#file = file;
    this.#block = new Uint8Array(blockBytes);
    this.#hashes = [...hashes];
    this.#written = written;
  }

  get written(): number {
    return this.#written;
  }

  get hashes(): readonly string[] {
    return this.#hashes;
  }

  /** @returns true when a block was filled: it is then safe on disk. */
  async append(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    let filledOne = false;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < this.#block.length) continue;
      await this.finish();
      filledOne = true;
    }
    return filledOne;
  }

  /** Writes the last, shorter block. */
  async finish(): Promise<void> {
    if (this.#filled === 0) return;
    const bytes = this.#block.subarray(0, this.#filled);
    this.#file.write(this.#written, bytes);
    this.#file.flush();
    this.#hashes.push(await sha256(bytes));
    this.#written += bytes.length;
    this.#filled = 0;
  }
}
