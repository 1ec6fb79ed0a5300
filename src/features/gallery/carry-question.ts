/** Whether files carry the pinned pictures: asked once, because who gets such a file sees them. */
import { createStore } from 'zustand/vanilla';
import type { PinnedPicture } from '../compose/pins/pins.ts';
import { carryStore } from '../settings/carry-store.ts';
import { carriable } from './carried.ts';
import type { Recipe } from './picture-record.ts';

interface Asked {
  readonly pictures: readonly PinnedPicture[];
  /** Null puts the question off: nothing is saved, and it is asked again. */
  readonly answer: (carries: boolean | null) => void;
}

export const carryQuestionStore = createStore<{ readonly asked: Asked | null }>(() => ({ asked: null }));

/** @returns whether these pictures are saved with what is pinned on them; null where the person put it off */
export function mayCarry(recipes: readonly Pick<Recipe, 'compose'>[]): Promise<boolean | null> {
  const pictures = recipes.flatMap(carriable);
  const { carries } = carryStore.getState();
  if (pictures.length === 0) return Promise.resolve(false);
  if (carries !== null) return Promise.resolve(carries);
  carryQuestionStore.getState().asked?.answer(null);
  return new Promise((resolve) => {
    const answer = (given: boolean | null): void => {
      carryQuestionStore.setState({ asked: null });
      if (given !== null) carryStore.setState({ carries: given });
      resolve(given);
    };
    carryQuestionStore.setState({ asked: { pictures: distinct(pictures), answer } });
  });
}

function distinct(pictures: readonly PinnedPicture[]): readonly PinnedPicture[] {
  return [...new Map(pictures.map((picture) => [picture.id, picture])).values()];
}
