import { useEffect, useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import { areaAround } from '../../compose/looks/area-geometry.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { SubjectThumb } from '../../compose/crop/SubjectThumb.tsx';
import { areaStore } from './area-store.ts';
import styles from './areas.module.css';
import { areaUnder, placePin, showGhost, slack, useChipDrag } from './chip-drag.ts';
import { usePlaceable } from './use-placeable.ts';

/** Below the picture: markers of pins that may be anywhere, to be dragged onto it. @param isFinished a picture is there, which places can be shown on */
export function AreaTray({ isFinished }: { readonly isFinished: boolean }): ReactElement | null {
  const pins = usePlaceable();
  const caption = useStore(composeStore, (state) => state.caption);
  const isShown = useStore(areaStore, (state) => state.isShown);
  const words = splitWords(caption);
  const free = pins.filter(({ area }) => area === undefined);
  const canShow = isFinished && free.length < pins.length;
  useChipDrag(pins.length > 0);
  if (free.length === 0 && !canShow) return null;
  return (
    <div className={styles['tray']} role="group" aria-label="Places in the picture">
      {free.length > 0 && (
        <>
          <p>Drag onto the picture to say where:</p>
          {free.map((pin) => (
            <Marker key={pin.hue} pin={pin} text={words[pin.word] ?? ''} />
          ))}
        </>
      )}
      {canShow && (
        <Button
          look="quiet"
          icon="place"
          className={styles['toggle']}
          aria-pressed={isShown}
          onClick={() => {
            areaStore.setState({ isShown: !isShown });
          }}
        >
          Show places
        </Button>
      )}
    </div>
  );
}

/** Dragged onto the picture it gives the pin a place there; pressed, one in the middle. */
function Marker({ pin, text }: { readonly pin: WordPin; readonly text: string }): ReactElement {
  const button = useRef<HTMLButtonElement>(null);
  const drag = useRef<{ readonly x: number; readonly y: number; moved: boolean } | null>(null);
  const { hue } = pin;
  useEffect(() => {
    if (areaStore.getState().focus !== hue) return;
    button.current?.focus();
    areaStore.setState({ focus: null });
  }, [hue]);
  const end = (): void => {
    showGhost(hue, null);
  };
  return (
    <button
      ref={button}
      type="button"
      className={styles['marker']}
      data-hue={hue}
      aria-label={`Bind “${text}” to a place in the picture`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY, moved: false };
      }}
      onPointerMove={(event) => {
        const from = drag.current;
        if (from === null || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
        from.moved ||= Math.hypot(event.clientX - from.x, event.clientY - from.y) > slack;
        showGhost(hue, from.moved ? areaUnder(event) : null);
      }}
      onPointerUp={(event) => {
        const area = drag.current?.moved === true ? areaUnder(event) : null;
        end();
        if (area !== null) placePin(pin, area);
      }}
      onPointerCancel={() => {
        drag.current = null;
        end();
      }}
      onClick={() => {
        const isDrag = drag.current?.moved === true;
        drag.current = null;
        if (!isDrag) placePin(pin, areaAround({ x: 0.5, y: 0.5 }));
      }}
    >
      {pin.subjects[0] !== undefined && <SubjectThumb subject={pin.subjects[0]} />}
      <span dir="auto">{text}</span>
    </button>
  );
}
