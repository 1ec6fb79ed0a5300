import type { WeightSink } from '../convert/weight-sink.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';
import { storageSink } from './storage-sink.ts';

const prefix = 'temporary-';

/** Files that are needed only while this worker lives. A lock held for that long tells other tabs to let them be. */
export class TemporaryFiles {
  readonly #folder: StorageFolder;
  readonly #platform: StoragePlatform;
  readonly #life = crypto.randomUUID();
  readonly #own = new Set<string>();
  #count = 0;

  constructor(folder: StorageFolder, platform: StoragePlatform) {
    this.#folder = folder;
    this.#platform = platform;
  }

  async open(): Promise<WeightSink> {
    if (this.#count === 0) await this.#platform.holdLock(lockName(this.#life));
    const name = `${prefix}${this.#life}-${this.#count++}`;
    this.#own.add(name);
    return storageSink(this.#folder, name);
  }

  /** Removes what this life has made, which nobody may read any more. */
  async removeOwn(): Promise<void> {
    for (const name of this.#own) {
      await this.#folder.remove(name);
      this.#own.delete(name);
    }
  }

  /** Removes what lives that have ended left behind. */
  async removeAbandoned(): Promise<void> {
    for (const name of await this.#folder.list()) {
      const life = new RegExp(`^${prefix}(.+)-\\d+$`).exec(name)?.[1];
      if (life === undefined || life === this.#life) continue;
      await this.#platform.ifFree(lockName(life), () => this.#folder.remove(name));
    }
  }
}

function lockName(life: string): string {
  return `pinword:temporary:${life}`;
}
