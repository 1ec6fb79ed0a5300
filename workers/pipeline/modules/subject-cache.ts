/** Remembers the pseudo-words of the last subjects, so that a picture is encoded once a model. Oldest go first. */
export class SubjectCache {
  readonly #entries = new Map<string, Float32Array>();
  readonly #capacity: number;

  constructor(capacity = 64) {
    this.#capacity = capacity;
  }

  get(key: string): Float32Array | undefined {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
    }
    return found;
  }

  set(key: string, pseudoWord: Float32Array): void {
    this.#entries.set(key, pseudoWord);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#capacity && oldest.done === false) this.#entries.delete(oldest.value);
  }
}
