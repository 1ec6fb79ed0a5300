import { createSHA256, type IHasher } from 'hash-wasm';
import { PinwordError } from '../errors.ts';

/** A SHA-256 of a stream that can be interrupted and gone on with in another life of the worker. */
export interface StreamHash {
  update(bytes: Uint8Array): void;
  /** The state so far as text. Not after digest. */
  save(): string;
  /** Hex. */
  digest(): string;
}

/** Starts a hash, or goes on from a saved state. @returns null where the state is of another version of the library. */
export async function openStreamHash(saved: string | null): Promise<StreamHash | null> {
  const hasher = (await createSHA256()).init();
  if (saved !== null && !restore(hasher, saved)) return null;
  return {
    update: (bytes) => {
      hasher.update(bytes);
    },
    save: () => btoa(String.fromCharCode(...hasher.save())),
    digest: () => hasher.digest('hex'),
  };
}

function restore(hasher: IHasher, saved: string): boolean {
  try {
    hasher.load(Uint8Array.from(atob(saved), (character) => character.charCodeAt(0)));
    return true;
  } catch {
    return false;
  }
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
  throw new PinwordError('hash-mismatch', `${name} arrived damaged: its SHA-256 is not the one that was published or recorded. It was thrown away; load the model again.`);
}
