import { createSHA256, type IHasher } from 'hash-wasm';
import * as z from 'zod';
import { PinwordError } from '../../errors.ts';

/** A SHA-256 of a stream that can be interrupted and gone on with in another life of the worker. */
export interface StreamHash {
  update(bytes: Uint8Array): void;
  /** The state so far as text. Not after digest. */
  save(): string;
  /** Hex. */
  digest(): string;
}

const stateSchema = z.object({ digests: z.array(z.string()), filled: z.number(), state: z.string() });

/**
 * Starts the hash of a source, or goes on from a saved state.
 * @param partSizes bytes of the files that the source is made of, end to end; see RemoteFacts.partSizes
 * @returns null where the state is of another version of the library
 */
export async function openStreamHash(saved: string | null, partSizes: readonly number[]): Promise<StreamHash | null> {
  const hasher = (await createSHA256()).init();
  if (saved === null) return new PartsHash(hasher, partSizes, [], 0);
  try {
    const { digests, filled, state } = stateSchema.parse(JSON.parse(saved));
    return new PartsHash(
      hasher.load(Uint8Array.from(atob(state), (character) => character.charCodeAt(0))),
      partSizes,
      digests,
      filled,
    );
  } catch {
    return null;
  }
}

class PartsHash implements StreamHash {
  readonly #hasher: IHasher;
  readonly #partSizes: readonly number[];
  readonly #digests: string[];
  /** Bytes of the current part so far. */
  #filled: number;

  constructor(hasher: IHasher, partSizes: readonly number[], digests: readonly string[], filled: number) {
    this.#hasher = hasher;
    this.#partSizes = partSizes;
    this.#digests = [...digests];
    this.#filled = filled;
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const size = this.#partSizes[this.#digests.length] ?? Infinity;
      const piece = bytes.subarray(at, at + size - this.#filled);
      this.#hasher.update(piece);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === size) this.#endPart();
    }
  }

  save(): string {
    const state = btoa(String.fromCharCode(...this.#hasher.save()));
    return JSON.stringify({ digests: this.#digests, filled: this.#filled, state });
  }

  digest(): string {
    if (this.#filled > 0) this.#endPart();
    const [first = this.#hasher.digest('hex'), ...others] = this.#digests;
    return others.length === 0 ? first : this.#hasher.update(partsText(this.#digests)).digest('hex');
  }

  #endPart(): void {
    this.#digests.push(this.#hasher.digest('hex'));
    this.#hasher.init();
    this.#filled = 0;
  }
}

function partsText(digests: readonly string[]): string {
  return digests.join();
}

/** What a StreamHash gives for several files with these hashes. */
export function hashOfParts(digests: readonly string[]): Promise<string> {
  return sha256OfText(partsText(digests));
}

/** SHA-256 in hex of bytes in memory. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function sha256OfText(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

/** Every pair is [found, expected]; null is unknown. @throws PinwordError 'hash-mismatch' */
export function refuseWrongBytes(name: string, ...pairs: readonly (readonly [string | null, string | null])[]): void {
  if (pairs.every(([found, expected]) => found === null || expected === null || found === expected)) return;
  throw new PinwordError(
    'hash-mismatch',
    `${name} arrived damaged: its SHA-256 is not the one that was published or recorded. It was thrown away; load the model again.`,
  );
}
