import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { MemoryStore, tables, type KeyedStore, type Table } from './keyed-store.ts';

const databaseName = 'pinword';
/** Version of the tables only; each persisted value carries its own version (see slice.ts). */
const databaseVersion = 2;

interface Schema extends DBSchema {
  slices: { key: string; value: unknown };
  subjects: { key: string; value: unknown };
  pictures: { key: string; value: unknown };
  files: { key: string; value: unknown };
}

class IndexedStore implements KeyedStore {
  readonly #db: IDBPDatabase<Schema>;

  constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  async get(table: Table, key: string): Promise<unknown> {
    const value: unknown = await this.#db.get(table, key);
    return value;
  }

  getAll(table: Table): Promise<readonly unknown[]> {
    return this.#db.getAll(table);
  }

  keys(table: Table): Promise<readonly string[]> {
    return this.#db.getAllKeys(table);
  }

  async put(table: Table, key: string, value: unknown): Promise<void> {
    await this.#db.put(table, value, key);
  }

  async delete(table: Table, key: string): Promise<void> {
    await this.#db.delete(table, key);
  }
}

/** @returns the store, and whether what is put there survives a reload. */
export async function openStore(): Promise<{ readonly store: KeyedStore; readonly lasting: boolean }> {
  try {
    const db = await openDB<Schema>(databaseName, databaseVersion, {
      upgrade(database) {
        for (const table of tables) {
          if (!database.objectStoreNames.contains(table)) database.createObjectStore(table);
        }
      },
    });
    return { store: new IndexedStore(db), lasting: true };
  } catch {
    return { store: new MemoryStore(), lasting: false };
  }
}
