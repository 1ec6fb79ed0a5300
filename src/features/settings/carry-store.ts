import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { Slice } from '../../storage/slice.ts';

interface Carry {
  /** Whether pictures that are saved as files carry what is pinned on their words; null where it was not asked yet. */
  readonly carries: boolean | null;
}

/** Asked at the first download with a pin, and remembered: whoever gets such a file sees the pinned pictures. */
export const carryStore = createStore<Carry>(() => ({ carries: null }));

export const carrySlice: Slice<Carry> = {
  key: 'carry',
  version: 1,
  schema: z.object({ carries: z.boolean().nullable() }),
  migrations: {},
};
