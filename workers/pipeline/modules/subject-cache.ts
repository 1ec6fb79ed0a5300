/** Remembers what an encoder made of the last subjects, so that a picture is encoded once a model. Oldest go first. */
export class SubjectCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #capacity: number;

  constructor(capacity = 64) {
    this.#capacity = capacity;
  }

  get(key: string): T | undefined {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
    }
    return found;
  }

  set(key: string, encoded: T): void {
    this.#entries.set(key, encoded);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#capacity && oldest.done === false) this.#entries.delete(oldest.value);
  }
}
