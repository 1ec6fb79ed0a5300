/** Tasks that can be ended by a name, each by itself and all of one name together. */
export class Cancellable {
  readonly #running = new Map<AbortController, string>();

  /** Runs a task whose signal is aborted by cancel(name). */
  async run<T>(name: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#running.set(abort, name);
    try {
      return await task(abort.signal);
    } finally {
      this.#running.delete(abort);
    }
  }

  cancel(name: string): void {
    for (const [abort, running] of this.#running) if (running === name) abort.abort();
  }
}
