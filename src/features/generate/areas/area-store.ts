/** What the stage shows of places in the picture, while the page lives. The places themselves are the pins'. */
import { createStore } from 'zustand/vanilla';
import type { PictureArea, Settings } from '../../../../workers/api.ts';
import { detailOf, lookOf, type WordPin } from '../../compose/pins/pins.ts';

interface AreaState {
  /** Places are drawn over finished pictures too. */
  readonly isShown: boolean;
  /** Of a marker that is dragged over the picture: the place that it would get. */
  readonly ghost: { readonly hue: number; readonly area: PictureArea } | null;
  /** The pin whose place, or marker, takes the focus once it is drawn: by its hue. */
  readonly focus: number | null;
}

export const areaStore = createStore<AreaState>(() => ({ isShown: false, ghost: null, focus: null }));

/** What says whether a pin can have a place. */
interface Placing {
  readonly voices: Settings['pinVoices'];
  /** Whether the model gives a look, and whether it can copy fine detail. */
  readonly look: boolean;
  readonly detail: boolean;
}

/** Pins that can have a place: those that speak by a look, or give their fine detail. */
export function placeablePins(pins: readonly WordPin[], { voices, look, detail }: Placing): readonly WordPin[] {
  return pins.filter(
    (pin) =>
      pin.subjects.every(({ kind }) => kind === 'picture') &&
      ((look && voices !== 'word' && lookOf(pin).on) || (detail && detailOf(pin).on)),
  );
}
