import type { Session } from './sessions.ts';

/** Holds one session: opened when first needed, replaced when another key is asked for (a size, a set of inputs). */
export class SessionSlot {
  #current: { readonly key: string; readonly opening: Promise<Session> } | null = null;
  /** The last release: the next session opens after it, so that no two lie in memory at once. */
  #released: Promise<void> = Promise.resolve();

  /** @throws what opening throws; the next call then tries again */
  get(key: string, open: () => Promise<Session>): Promise<Session> {
    if (this.#current?.key === key) return this.#current.opening;
    const opening = this.release().then(open);
    const current = { key, opening };
    this.#current = current;
    opening.catch(() => {
      if (this.#current === current) this.#current = null;
    });
    return opening;
  }

  /** Waits for a session that is just being opened. */
  release(): Promise<void> {
    const opening = this.#current?.opening.catch(() => null);
    this.#current = null;
    const released = this.#released.then(async () => (await opening)?.release());
    this.#released = released.catch(() => undefined);
    return released;
  }
}
