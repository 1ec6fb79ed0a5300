import { useEffect, useId, useRef, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords, type PictureArea } from '../../../../workers/api.ts';
import { IconButton } from '../../../ui/Button.tsx';
import {
  areaStyle,
  areaText,
  arrowStep,
  movedArea,
  resizedArea,
  type Grip,
  type Point,
} from '../../compose/looks/area-geometry.ts';
import { removeArea } from '../../compose/looks/areas.ts';
import { composeStore, setArea } from '../../compose/draft/compose-store.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { SubjectThumb } from '../../compose/crop/SubjectThumb.tsx';
import { areaStore } from './area-store.ts';
import styles from './areas.module.css';
import { usePlaceable } from './use-placeable.ts';

/** The places of pins over a picture, each moved and sized by pointer and keys. @param isFinished the picture is there: it is covered only where that is asked for */
export function AreaLayer({ isFinished }: { readonly isFinished: boolean }): ReactElement | null {
  const hintId = useId();
  const pins = usePlaceable();
  const caption = useStore(composeStore, (state) => state.caption);
  const isShown = useStore(areaStore, (state) => state.isShown || !isFinished);
  const ghost = useStore(areaStore, (state) => state.ghost);
  const words = splitWords(caption);
  if (pins.length === 0) return null;
  return (
    <div className={styles['layer']}>
      {isShown &&
        pins.map(
          (pin) =>
            pin.area !== undefined && (
              <Place key={pin.hue} pin={pin} area={pin.area} text={words[pin.word] ?? ''} hintId={hintId} />
            ),
        )}
      {ghost !== null && (
        <div className={styles['ghost']} data-hue={ghost.hue} style={areaStyle(ghost.area)} aria-hidden="true" />
      )}
      <p id={hintId} hidden>
        Arrow keys move it, with Shift they size it, Delete removes it.
      </p>
    </div>
  );
}

const middle: Grip = { x: 0, y: 0 };
const corners = [
  { x: -1, y: -1 },
  { x: 1, y: -1 },
  { x: -1, y: 1 },
  { x: 1, y: 1 },
] as const satisfies readonly Grip[];

const changed = (area: PictureArea, grip: Grip, by: Point): PictureArea =>
  grip.x === 0 && grip.y === 0 ? movedArea(area, by) : resizedArea(area, grip, by);

function Place({
  pin,
  area,
  text,
  hintId,
}: {
  readonly pin: WordPin;
  readonly area: PictureArea;
  readonly text: string;
  readonly hintId: string;
}): ReactElement {
  const body = useRef<HTMLButtonElement>(null);
  const { word, hue } = pin;
  useEffect(() => {
    if (areaStore.getState().focus !== hue) return;
    body.current?.focus();
    areaStore.setState({ focus: null });
  }, [hue]);
  const remove = (): void => {
    areaStore.setState({ focus: hue });
    removeArea(pin, text);
  };
  const press = (event: KeyboardEvent): void => {
    const step = arrowStep(event.key);
    if (step === null && event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    if (step === null) remove();
    else setArea(word, changed(area, event.shiftKey ? { x: 1, y: 1 } : middle, step));
  };
  return (
    <div className={styles['place']} data-area="true" data-hue={hue} style={areaStyle(area)}>
      <button
        ref={body}
        type="button"
        className={styles['body']}
        aria-label={`Place of “${text}”: ${areaText(area)}`}
        aria-describedby={hintId}
        onKeyDown={press}
        {...dragged(word, area, middle)}
      />
      <span className={styles['label']} aria-hidden="true">
        {pin.subjects[0] !== undefined && <SubjectThumb subject={pin.subjects[0]} />}
        <span dir="auto">{text}</span>
      </span>
      {corners.map((grip) => (
        <span
          key={`${grip.x} ${grip.y}`}
          className={styles['grip']}
          data-x={grip.x}
          data-y={grip.y}
          aria-hidden="true"
          {...dragged(word, area, grip)}
        />
      ))}
      <IconButton className={styles['remove']} label={`Let “${text}” be anywhere`} icon="close" onClick={remove} />
    </div>
  );
}

/** Where the pointer went down, and what the place was then. Only one is dragged at a time. */
let grabbed: { readonly pointer: number; readonly at: Point; readonly area: PictureArea } | null = null;

/** Pointer handlers of what moves a place, or one of its corners. */
function dragged(
  word: number,
  area: PictureArea,
  grip: Grip,
): Readonly<
  Record<'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel', (event: PointerEvent) => void>
> {
  const release = (): void => {
    grabbed = null;
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      grabbed = { pointer: event.pointerId, at: { x: event.clientX, y: event.clientY }, area };
    },
    onPointerMove: (event) => {
      const layer = event.currentTarget.closest(`.${styles['layer'] ?? ''}`)?.getBoundingClientRect();
      if (grabbed?.pointer !== event.pointerId || layer === undefined || layer.width === 0) return;
      const by = { x: (event.clientX - grabbed.at.x) / layer.width, y: (event.clientY - grabbed.at.y) / layer.height };
      setArea(word, changed(grabbed.area, grip, by));
    },
    onPointerUp: release,
    onPointerCancel: release,
  };
}
