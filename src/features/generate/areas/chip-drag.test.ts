import { beforeEach, expect, it } from 'vitest';
import { composeStore, setComposition } from '../../compose/draft/compose-store.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { areaStore } from './area-store.ts';
import { placePin, showGhost } from './chip-drag.ts';

const area = { x: 0.1, y: 0.3, width: 0.4, height: 0.4 };
const pin: WordPin = {
  word: 1,
  anchor: 'dog',
  hue: 3,
  subjects: [{ kind: 'embedding', id: 'x', name: 'x.pt', vectors: 1 }],
};

beforeEach(() => {
  setComposition({ caption: 'a dog', pins: [pin] });
  areaStore.setState({ isShown: false, ghost: null, focus: null });
});

it('a place that a drag gives is shown in place of its outline, and takes the focus', () => {
  showGhost(3, area);
  placePin(pin, area);
  expect(areaStore.getState()).toEqual({ isShown: true, ghost: null, focus: 3 });
  expect(composeStore.getState().pins[0]?.area).toEqual(area);
});

it('a place that was there moves, and asks for no focus that something else would get later', () => {
  placePin({ ...pin, area }, { ...area, x: 0.5 });
  expect(areaStore.getState().focus).toBeNull();
  expect(composeStore.getState().pins[0]?.area?.x).toBe(0.5);
});
