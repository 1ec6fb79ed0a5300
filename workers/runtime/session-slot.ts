import type { Session } from './sessions.ts';

/** Holds one session: opened when first needed, replaced when another key is asked for (a size, a set of inputs). */
export class SessionSlot {
  #key: string | null = null;
  #session: Session | null = null;

  async get(key: string, open: () => Promise<Session>): Promise<Session> {
    if (this.#session !== null && this.#key === key) return this.#session;
    await this.release();
    const session = await open();
    this.#session = session;
    this.#key = key;
    return session;
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    this.#key = null;
    await session?.release();
  }
}
