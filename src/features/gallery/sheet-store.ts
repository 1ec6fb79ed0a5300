/** The sheet with all pictures: whether it is open, what is looked for, and what is selected in it. */
import { createStore } from 'zustand/vanilla';
import type { Wanted } from './search.ts';

interface SheetState extends Wanted {
  readonly isOpen: boolean;
  readonly selection: ReadonlySet<string>;
  /** The picture that fills the screen; null shows the grid. */
  readonly viewed: string | null;
}

export const sheetStore = createStore<SheetState>(() => ({
  isOpen: false,
  query: '',
  areStarred: false,
  selection: new Set(),
  viewed: null,
}));

const { setState } = sheetStore;

export function openSheet(isOpen: boolean): void {
  setState({ isOpen, viewed: null, ...(isOpen ? {} : { selection: new Set<string>() }) });
}

export function toggleSelected(id: string): void {
  setState(({ selection }) => {
    const changed = new Set(selection);
    if (!changed.delete(id)) changed.add(id);
    return { selection: changed };
  });
}

export function select(ids: readonly string[]): void {
  setState({ selection: new Set(ids) });
}
