import type { Precision } from '../../contract/memory.ts';
import { sha256OfText } from '../../weights/sources/hashes.ts';
import { SubjectCache } from './subject-cache.ts';

/** Keeps numbers beyond this worker's life. It only spares work: what it cannot keep or give back, it does without. */
export interface LookStore {
  /** @returns null for what is not there, or damaged */
  get(key: string): Promise<Float32Array<ArrayBuffer> | null>;
  set(key: string, values: Float32Array<ArrayBuffer>): Promise<void>;
}

interface Question {
  /** The hash of the picture that it is about, so that what is known of it can be forgotten; null for none. */
  readonly picture: string | null;
  /** What is encoded, and how it is made ready. */
  readonly what: string;
  readonly precision: Precision;
  /** Numbers in the answer. */
  readonly length: number;
}

/** Counts with what changes the numbers that the same weights make of the same picture. */
const version = 2;

/** Of a picture's hash, in front of the keys of what is known of it. */
export const pictureDigits = 32;

/** Remembers what an image encoder, with an adapter or a projector, made of pictures, for this worker's life and beyond. */
export class LookMemory {
  readonly #identity: string;
  readonly #store: LookStore | null;
  readonly #cache = new SubjectCache<Float32Array<ArrayBuffer>>();

  /**
   * @param identity tells weights from others
   * @param store null keeps nothing beyond this worker's life
   */
  constructor(identity: string, store: LookStore | null) {
    this.#identity = identity;
    this.#store = store;
  }

  /** An answer in 32 bit serves where 16 bit are asked for: it was made because those had overflowed. */
  async recall(question: Question, make: () => Promise<Float32Array<ArrayBuffer>>): Promise<Float32Array<ArrayBuffer>> {
    const key = await this.#keyOf(question, question.precision);
    const known = this.#cache.get(key) ?? (await this.#stored(question));
    const values = known ?? (await make());
    this.#cache.set(key, values);
    if (known === null) await this.#store?.set(key, values);
    return values;
  }

  async #stored(question: Question): Promise<Float32Array<ArrayBuffer> | null> {
    for (const precision of new Set([question.precision, 'f32'] as const)) {
      const values = (await this.#store?.get(await this.#keyOf(question, precision))) ?? null;
      if (values?.length === question.length) return values;
    }
    return null;
  }

  async #keyOf({ picture, what, length }: Question, precision: Precision): Promise<string> {
    const rest = await sha256OfText(JSON.stringify([version, this.#identity, precision, what, length]));
    return `${picture === null ? 'none' : picture.slice(0, pictureDigits)}-${rest}`;
  }
}
