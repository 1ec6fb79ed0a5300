/** Two pictures on the stage, one on each side of a divider. */
import { createStore } from 'zustand/vanilla';
import { galleryStore, selectPicture } from './gallery-store.ts';

interface WipeState {
  /** The picture on the right; the selected one is on the left. null shows one picture. */
  readonly other: string | null;
  /** Where the divider stands, from 0, at the left, to 1. */
  readonly at: number;
}

export const wipeStore = createStore<WipeState>(() => ({ other: null, at: 0.5 }));

/** Puts a picture beside the one on the stage. */
export function wipeWith(id: string): void {
  const { selected } = galleryStore.getState();
  if (selected === null || selected === id) return;
  wipeStore.setState({ other: id, at: 0.5 });
}

export function endWipe(): void {
  wipeStore.setState({ other: null });
}

/** A click chooses a picture; with Shift it is put beside the one on the stage. */
export function choosePicture(id: string, isBeside: boolean): void {
  if (isBeside) wipeWith(id);
  else {
    endWipe();
    selectPicture(id);
  }
}
