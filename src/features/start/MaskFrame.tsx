import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { usePromise } from '../../ui/use-promise.ts';
import { subjectUrl } from '../compose/pins/subject-library.ts';
import { MaskCanvas } from './MaskCanvas.tsx';
import {
  copyGrid,
  drawStroke,
  pointInGrid,
  scaleInFrame,
  withRectangle,
  type MaskGrid,
  type Point,
} from './mask-grid.ts';
import { changeMask, maskStore, openMask } from './mask-store.ts';
import { maskToolsStore } from './mask-tools-store.ts';
import { MaskRectangle, movedRectangle, placeInGrid, rectangleAtFirst, rectangleText } from './MaskRectangle.tsx';
import styles from './mask.module.css';
import type { Start } from './start-store.ts';

interface Stroke {
  /** A second finger draws nothing, and ends nothing. */
  readonly pointer: number;
  readonly grid: MaskGrid;
  readonly last: Point;
}

/**
 * The picture that runs start from, under the mask: painted with the pointer, or by a rectangle that the arrow keys move
 * and Enter marks.
 */
export function MaskFrame({ start }: { readonly start: Start }): ReactElement {
  const grid = useStore(maskStore, (state) => state.grid);
  const url = usePromise(() => subjectUrl(start.picture.id), start.picture.id);
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const [rectangle, setRectangle] = useState(rectangleAtFirst);
  const surface = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    void openMask(start);
  }, [start]);
  // Whoever asked to mark a part goes on here; on a phone this brings the picture into view.
  useEffect(() => surface.current?.focus(), []);

  const draw = (event: PointerEvent<HTMLElement>, from: Stroke): void => {
    const { size, softness, marks } = maskToolsStore.getState();
    const box = event.currentTarget.getBoundingClientRect();
    const frame = { width: box.width, height: box.height };
    const to = pointInGrid({ x: event.clientX - box.left, y: event.clientY - box.top }, frame, from.grid);
    const radius = (size * Math.min(frame.width, frame.height)) / 2 / scaleInFrame(frame, from.grid);
    const last = Number.isNaN(from.last.x) ? to : from.last;
    drawStroke(from.grid, last, to, { radius, softness, marks });
    setStroke({ ...from, last: to });
  };
  const end = ({ pointerId }: PointerEvent): void => {
    if (stroke?.pointer !== pointerId) return;
    setStroke(null);
    void changeMask(engine, stroke.grid);
  };
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const moved = movedRectangle(rectangle, event.key, event.shiftKey);
    const isFreed = event.key === 'Delete' || event.key === 'Backspace';
    if (moved === null && !isFreed) return;
    event.preventDefault();
    if (moved !== null) setRectangle(moved);
    else apply(event.currentTarget, false);
  };
  const apply = (element: HTMLElement, marks: boolean): void => {
    if (grid === null) return;
    const { clientWidth: width, clientHeight: height } = element;
    void changeMask(engine, withRectangle(grid, placeInGrid(rectangle, { width, height }, grid), marks));
  };
  const shown = stroke?.grid ?? grid;
  return (
    <>
      {url !== null && <img src={url} alt={start.picture.name} />}
      {shown !== null && <MaskCanvas key={`${shown.width} ${shown.height}`} grid={shown} drawn={stroke} />}
      <button
        ref={surface}
        type="button"
        className={styles['surface']}
        aria-label={`Mark what is to change in ${start.picture.name}`}
        aria-describedby="mask-keys"
        onPointerDown={(event) => {
          if (grid === null || stroke !== null || event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          draw(event, { pointer: event.pointerId, grid: copyGrid(grid), last: { x: Number.NaN, y: Number.NaN } });
        }}
        onPointerMove={(event) => {
          if (stroke?.pointer === event.pointerId) draw(event, stroke);
        }}
        onPointerUp={end}
        onPointerCancel={end}
        onKeyDown={press}
        onClick={(event) => {
          // The pointer has painted; Enter and Space are clicks without one.
          if (event.detail === 0) apply(event.currentTarget, true);
        }}
      >
        <MaskRectangle rectangle={rectangle} />
      </button>
      <p id="mask-keys" className="visually-hidden">
        The arrow keys move a rectangle, with Shift they size it; Enter marks it, Delete frees it.
      </p>
      <p className="visually-hidden" role="status">
        {rectangle === rectangleAtFirst ? '' : rectangleText(rectangle)}
      </p>
    </>
  );
}
