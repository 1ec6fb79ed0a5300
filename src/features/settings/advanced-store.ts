import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { Slice } from '../../storage/slice.ts';

interface Advanced {
  readonly isOpen: boolean;
}

/** Whether the fields for experts are shown: as it was left at the last visit. */
export const advancedStore = createStore<Advanced>(() => ({ isOpen: false }));

export const advancedSlice: Slice<Advanced> = {
  key: 'advanced',
  version: 1,
  schema: z.object({ isOpen: z.boolean() }),
  migrations: {},
};
