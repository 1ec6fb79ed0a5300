/** What the stage shows of places in the picture, while the page lives. The places themselves are the pins'. */
import { createStore } from 'zustand/vanilla';
import type { PictureArea, Settings } from '../../../workers/api.ts';
import { lookOf, type WordPin } from '../compose/pins.ts';

interface AreaState {
  /** Places are drawn over finished pictures too. */
  readonly isShown: boolean;
  /** Of a marker that is dragged over the picture: the place that it would get. */
  readonly ghost: { readonly hue: number; readonly area: PictureArea } | null;
  /** The pin whose place, or marker, takes the focus once it is drawn: by its hue. */
  readonly focus: number | null;
}

export const areaStore = createStore<AreaState>(() => ({ isShown: false, ghost: null, focus: null }));

/** Pins that can have a place where the model gives a look: those that speak by it. */
export function placeablePins(pins: readonly WordPin[], voices: Settings['pinVoices']): readonly WordPin[] {
  if (voices === 'word') return [];
  return pins.filter((pin) => lookOf(pin).on && pin.subjects.every(({ kind }) => kind === 'picture'));
}
