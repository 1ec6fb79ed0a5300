/** The sheet of all subjects: whether it is open, what is looked for, and which word is pinned on. */
import { createStore } from 'zustand/vanilla';
import { composeStore } from '../draft/compose-store.ts';

interface LibrarySheetState {
  readonly isOpen: boolean;
  readonly query: string;
  readonly view: 'list' | 'map';
  /** Index of the caption's word; null asks for it. */
  readonly word: number | null;
}

export const librarySheetStore = createStore<LibrarySheetState>(() => ({
  isOpen: false,
  query: '',
  view: 'list',
  word: null,
}));

const { setState } = librarySheetStore;

/** @param word left out, the first word that has a pin */
export function openLibrarySheet(word?: number): void {
  setState({ isOpen: true, query: '', word: word ?? composeStore.getState().pins[0]?.word ?? null });
}

export function closeLibrarySheet(): void {
  setState({ isOpen: false });
}
