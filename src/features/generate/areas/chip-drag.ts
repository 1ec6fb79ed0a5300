import { useEffect } from 'react';
import type { PictureArea } from '../../../../workers/api.ts';
import { areaAround } from '../../compose/looks/area-geometry.ts';
import { composeStore, setArea } from '../../compose/draft/compose-store.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { copiesDetail, givesLook } from '../../models/loading/model-abilities.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { settingsStore } from '../../settings/settings.ts';
import { areaStore, placeablePins } from './area-store.ts';

/** Pixels by which a press may move and still be one. */
export const slack = 6;

interface Spot {
  readonly clientX: number;
  readonly clientY: number;
}

/** The place around a point of the window; null where it is beside the picture. */
export function areaUnder({ clientX, clientY }: Spot): PictureArea | null {
  const frame = document.querySelector('section [data-frame]')?.getBoundingClientRect();
  if (frame === undefined) return null;
  const point = { x: (clientX - frame.left) / frame.width, y: (clientY - frame.top) / frame.height };
  const isInside = point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1;
  return isInside ? areaAround(point) : null;
}

/** Shows the place that a pin would get. @param area null shows none */
export function showGhost(hue: number, area: PictureArea | null): void {
  areaStore.setState({ ghost: area === null ? null : { hue, area } });
}

/** A place that is new takes the focus; one that is there stays as it is drawn, and would take it some later time. */
export function placePin({ word, hue, area: before }: WordPin, area: PictureArea): void {
  areaStore.setState({ isShown: true, ghost: null, focus: before === undefined ? hue : null });
  setArea(word, area);
}

/** The pin of the word whose button this is, or lies in. */
function pinOfChip(target: EventTarget | null): WordPin | undefined {
  const chip = target instanceof Element ? target.closest<HTMLElement>('button[data-word][data-pinned=true]') : null;
  if (chip === null) return undefined;
  const engine = engineStore.getState();
  const pins = placeablePins(composeStore.getState().pins, {
    voices: settingsStore.getState().pinVoices,
    look: givesLook(engine),
    detail: copiesDetail(engine),
  });
  return pins.find(({ word }) => String(word) === chip.dataset['word']);
}

/**
 * The button of a pinned word can be dragged onto the picture, as its marker can: by mouse and pen, for a finger scrolls
 * there. It is listened for on the page, because those buttons know nothing of the stage.
 */
export function useChipDrag(isPossible: boolean): void {
  useEffect(() => {
    if (!isPossible) return;
    const listening = new AbortController();
    let drag: { readonly pin: WordPin; readonly from: Spot; moved: boolean } | null = null;
    const on = (
      type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel',
      act: (event: PointerEvent) => void,
    ) => {
      document.addEventListener(type, act, { signal: listening.signal });
    };
    on('pointerdown', (event) => {
      const pin = event.button === 0 && event.pointerType !== 'touch' ? pinOfChip(event.target) : undefined;
      drag = pin === undefined ? null : { pin, from: event, moved: false };
    });
    on('pointermove', (event) => {
      if (drag === null) return;
      drag.moved ||= Math.hypot(event.clientX - drag.from.clientX, event.clientY - drag.from.clientY) > slack;
      if (drag.moved) showGhost(drag.pin.hue, areaUnder(event));
    });
    on('pointerup', (event) => {
      const ended = drag;
      drag = null;
      if (ended?.moved !== true) return;
      showGhost(ended.pin.hue, null);
      swallowClick();
      const area = areaUnder(event);
      if (area !== null) placePin(ended.pin, area);
    });
    on('pointercancel', () => {
      if (drag !== null) showGhost(drag.pin.hue, null);
      drag = null;
    });
    return () => {
      listening.abort();
    };
  }, [isPossible]);
}

/** What ends a drag is no press. */
function swallowClick(): void {
  const stop = (event: Event): void => {
    event.stopPropagation();
    event.preventDefault();
  };
  document.addEventListener('click', stop, { capture: true, once: true });
  setTimeout(() => {
    document.removeEventListener('click', stop, { capture: true });
  });
}
