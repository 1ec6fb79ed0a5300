import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { patience, within } from '../../workers/api.ts';
import { MemoryStore, tables, type KeyedStore, type Table } from './keyed-store.ts';
import { siteName } from './site-name.ts';

/** Version of the tables only; each persisted value carries its own version (see slice.ts). */
const databaseVersion = 4;

interface Schema extends DBSchema {
  slices: { key: string; value: unknown };
  subjects: { key: string; value: unknown };
  pictures: { key: string; value: unknown };
  files: { key: string; value: unknown };
  jobs: { key: string; value: unknown };
  library: { key: string; value: unknown };
}

/** Entries that are read at once: a thousand would keep the page from answering. */
const atOnce = 100;

/** Broken profiles leave a request without an answer, and an old tab can block an upgrade: that counts as failed. */
function answered<T>(request: Promise<T>): Promise<T> {
  return within(patience.storage, request, () => {
    throw new Error('The database did not answer.');
  });
}

class IndexedStore implements KeyedStore {
  readonly #db: IDBPDatabase<Schema>;

  constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  async get(table: Table, key: string): Promise<unknown> {
    return answered<unknown>(this.#db.get(table, key));
  }

  async getAll(table: Table): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    let range: IDBKeyRange | null = null;
    for (;;) {
      const store = this.#db.transaction(table).store;
      const read: Promise<[string[], unknown[]]> = Promise.all([
        store.getAllKeys(range, atOnce),
        store.getAll(range, atOnce),
      ]);
      const [keys, batch] = await answered(read);
      values.push(...batch);
      const last = keys.at(-1);
      if (last === undefined || keys.length < atOnce) return values;
      range = IDBKeyRange.lowerBound(last, true);
    }
  }

  keys(table: Table): Promise<readonly string[]> {
    return answered(this.#db.getAllKeys(table));
  }

  async put(table: Table, key: string, value: unknown): Promise<void> {
    await answered(this.#db.put(table, value, key));
  }

  async delete(table: Table, key: string): Promise<void> {
    await answered(this.#db.delete(table, key));
  }
}

/** @returns the store, and whether what is put there survives a reload. */
export async function openStore(): Promise<{ readonly store: KeyedStore; readonly lasting: boolean }> {
  try {
    const db = openDB<Schema>(siteName('pinword'), databaseVersion, {
      upgrade(database) {
        for (const table of tables) {
          if (!database.objectStoreNames.contains(table)) database.createObjectStore(table);
        }
      },
      // A newer version of the site in another tab waits for this one to let go.
      blocking(_current, _blocked, event) {
        if (event.target instanceof IDBDatabase) event.target.close();
      },
    });
    return { store: new IndexedStore(await answered(db)), lasting: true };
  } catch {
    return { store: new MemoryStore(), lasting: false };
  }
}
