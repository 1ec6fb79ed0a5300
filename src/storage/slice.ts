import * as z from 'zod';
import type { StoreApi } from 'zustand/vanilla';
import type { KeyedStore } from './keyed-store.ts';
import { latestOnly } from './latest-only.ts';

/** A part of the state that survives a reload: its schema, its version, and the way up from older versions. */
export interface Slice<Data> {
  readonly key: string;
  readonly version: number;
  readonly schema: z.ZodType<Data>;
  /** From data of `version` to data of `version + 1`, by the version it starts from. */
  readonly migrations: Readonly<Record<number, (data: unknown) => unknown>>;
}

const envelope = z.object({ version: z.int().min(1), data: z.unknown() });

/** Reads a stored envelope. @returns null where it is absent, newer than this program, or not valid. */
export function readSlice<Data>(slice: Slice<Data>, stored: unknown): Data | null {
  const opened = envelope.safeParse(stored);
  if (!opened.success || opened.data.version > slice.version) return null;
  try {
    let data = opened.data.data;
    for (let version = opened.data.version; version < slice.version; version += 1) {
      const migrate = slice.migrations[version];
      if (migrate === undefined) return null;
      data = migrate(data);
    }
    const parsed = slice.schema.safeParse(data);
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Reading never throws: state that cannot be read must not keep the page from starting. */
export async function loadSlice<Data>(store: KeyedStore, slice: Slice<Data>): Promise<Data | null> {
  try {
    return readSlice(slice, await store.get('slices', slice.key));
  } catch {
    return null;
  }
}

/** Saves the part of a zustand store that `select` picks whenever that part changes. */
export function keepSlice<State, Data>(
  store: KeyedStore,
  slice: Slice<Data>,
  state: StoreApi<State>,
  select: (state: State) => Data,
): void {
  const save = latestOnly((data: Data) => store.put('slices', slice.key, { version: slice.version, data }));
  let saved = JSON.stringify(select(state.getState()));
  state.subscribe((current) => {
    const data = select(current);
    const json = JSON.stringify(data);
    if (json === saved) return;
    saved = json;
    save(data);
  });
}
