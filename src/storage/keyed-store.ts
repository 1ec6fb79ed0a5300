/**
 * Where the window keeps what must survive a reload: tables of values under string keys.
 * IndexedDB in the browser; memory where the browser refuses IndexedDB (some private windows) and in tests.
 */
export const tables = ['slices', 'subjects', 'pictures', 'files', 'jobs', 'library'] as const;
export type Table = (typeof tables)[number];

export interface KeyedStore {
  get(table: Table, key: string): Promise<unknown>;
  getAll(table: Table): Promise<readonly unknown[]>;
  keys(table: Table): Promise<readonly string[]>;
  put(table: Table, key: string, value: unknown): Promise<void>;
  delete(table: Table, key: string): Promise<void>;
}

export class MemoryStore implements KeyedStore {
  readonly #tables = new Map<Table, Map<string, unknown>>(tables.map((table) => [table, new Map<string, unknown>()]));

  #table(table: Table): Map<string, unknown> {
    return this.#tables.get(table) ?? new Map<string, unknown>();
  }

  get(table: Table, key: string): Promise<unknown> {
    return Promise.resolve(this.#table(table).get(key));
  }

  getAll(table: Table): Promise<readonly unknown[]> {
    return Promise.resolve([...this.#table(table).values()]);
  }

  keys(table: Table): Promise<readonly string[]> {
    return Promise.resolve([...this.#table(table).keys()]);
  }

  put(table: Table, key: string, value: unknown): Promise<void> {
    this.#table(table).set(key, value);
    return Promise.resolve();
  }

  delete(table: Table, key: string): Promise<void> {
    this.#table(table).delete(key);
    return Promise.resolve();
  }
}
