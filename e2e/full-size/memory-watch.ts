import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import type { Page } from '@playwright/test';

/**
 * Asks the browser again and again how much JavaScript holds in page and workers, array buffers included, as it finds
 * out when it collects garbage. Asking through the debugger would be closer, but stops a worker that writes files.
 */
export class MemoryWatch {
  readonly #page: Page;
  #peak = 0;
  #ended = false;
  readonly #watching: Promise<void>;

  constructor(page: Page) {
    this.#page = page;
    this.#watching = this.#watch();
  }

  /** Bytes at most since the last call. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  stop(): void {
    this.#ended = true;
    void this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#ended) {
      const bytes = await this.#page.evaluate(measure).catch(() => null);
      if (bytes === null) return;
      this.#peak = Math.max(this.#peak, bytes);
      await delay(5000);
    }
  }
}

/** Runs in the page; needs cross-origin isolation. */
async function measure(): Promise<number> {
  const ask: unknown = Reflect.get(performance, 'measureUserAgentSpecificMemory');
  if (typeof ask !== 'function') throw new Error('This browser does not tell how much memory a page takes.');
  const { bytes } = (await Reflect.apply(ask, performance, [])) as { bytes: number };
  return bytes;
}

/**
 * The most memory, in bytes, that any process with JavaScript of this browser has held at once, whatever for: JS heap,
 * array buffers, wasm heap, code. null where the operating system is not Linux.
 */
export async function residentPeak(profile: string): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  let peak = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // Processes end while they are looked at.
    const [command, status] = await Promise.all(
      ['cmdline', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    );
    if (command?.includes('--type=renderer') !== true || !command.includes(profile)) continue;
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status ?? '')?.[1] ?? 0));
  }
  return peak;
}
