/** Tells those who wait for a device that it is gone: what was sent to it may never be answered. */
export class DeviceLoss {
  readonly #waiting = new Set<() => void>();
  #lost = false;

  constructor(device: { readonly lost: Promise<unknown> }) {
    void device.lost.then(() => {
      this.#lost = true;
      for (const tell of this.#waiting) tell();
    });
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** @returns the task's end, or null where the device was lost before it */
  async during<T>(task: Promise<T>): Promise<T | null> {
    let tell: () => void = () => undefined;
    const lost = new Promise<null>((resolve) => {
      tell = () => {
        resolve(null);
      };
    });
    if (this.#lost) tell();
    this.#waiting.add(tell);
    try {
      return await Promise.race([lost, task]);
    } finally {
      this.#waiting.delete(tell);
    }
  }
}
