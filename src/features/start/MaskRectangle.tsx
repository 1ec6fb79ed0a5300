import type { CSSProperties, ReactElement } from 'react';
import type { ImageSize } from '../../../workers/api.ts';
import { pointInGrid, scaleInFrame, type Rectangle } from './mask-grid.ts';
import styles from './mask.module.css';

/** In shares of what is seen. */
export const rectangleAtFirst: Rectangle = { x: 0.35, y: 0.35, width: 0.3, height: 0.3 };

const step = 0.05;

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

/** @returns null where the key is none of the rectangle's */
export function movedRectangle(rectangle: Rectangle, key: string, sizes: boolean): Rectangle | null {
  const by = arrows[key];
  if (by === undefined) return null;
  const [x, y] = by;
  if (sizes) {
    const width = within(rectangle.width + x, step, 1 - rectangle.x);
    return { ...rectangle, width, height: within(rectangle.height + y, step, 1 - rectangle.y) };
  }
  return {
    ...rectangle,
    x: within(rectangle.x + x, 0, 1 - rectangle.width),
    y: within(rectangle.y + y, 0, 1 - rectangle.height),
  };
}

function within(value: number, low: number, high: number): number {
  return Math.round(Math.min(high, Math.max(low, value)) * 100) / 100;
}

export function rectangleText({ x, y, width, height }: Rectangle): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `Rectangle ${percent(x)} from the left, ${percent(y)} from the top, ${percent(width)} wide, ${percent(height)} high`;
}

/** Where it lies in the grid that fills the frame. */
export function placeInGrid({ x, y, width, height }: Rectangle, frame: ImageSize, grid: ImageSize): Rectangle {
  const corner = pointInGrid({ x: x * frame.width, y: y * frame.height }, frame, grid);
  const scale = scaleInFrame(frame, grid);
  return { ...corner, width: (width * frame.width) / scale, height: (height * frame.height) / scale };
}

/** Seen while the keyboard is on the picture. */
export function MaskRectangle({ rectangle: { x, y, width, height } }: { readonly rectangle: Rectangle }): ReactElement {
  const percent = (share: number): string => `${100 * share}%`;
  const style: CSSProperties = { left: percent(x), top: percent(y), width: percent(width), height: percent(height) };
  return <span className={styles['rectangle']} style={style} />;
}
