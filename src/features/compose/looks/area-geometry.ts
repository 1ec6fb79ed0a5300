/** Places on the picture that is made, in shares of its width and height. */
import type { PictureArea } from '../../../../workers/api.ts';

/** Least width and height: smaller ones hold no attention at the network's coarsest stage. */
export const leastShare = 0.0625;
/** Width and height of a place that was only pointed at. */
const begun = 0.4;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A side or corner that is moved: −1 left or top, 1 right or bottom, 0 neither. */
export interface Grip {
  readonly x: -1 | 0 | 1;
  readonly y: -1 | 0 | 1;
}

/** Shares are kept to this, so that they read well in a recipe. */
const digits = 1e4;
const rounded = (share: number): number => Math.round(share * digits) / digits;
const between = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** A place of the size that new ones have, with its middle at a point as far as the picture lets it. */
export function areaAround({ x, y }: Point): PictureArea {
  return movedArea({ x: x - begun / 2, y: y - begun / 2, width: begun, height: begun }, { x: 0, y: 0 });
}

/** The place elsewhere, inside the picture. */
export function movedArea({ x, y, width, height }: PictureArea, by: Point): PictureArea {
  return {
    x: rounded(between(x + by.x, 0, 1 - width)),
    y: rounded(between(y + by.y, 0, 1 - height)),
    width: rounded(width),
    height: rounded(height),
  };
}

/** The place with a side or corner moved; the opposite one stays where it is. */
export function resizedArea(area: PictureArea, grip: Grip, by: Point): PictureArea {
  const horizontal = resizedSpan(area.x, area.width, grip.x, by.x);
  const vertical = resizedSpan(area.y, area.height, grip.y, by.y);
  return { x: horizontal.start, width: horizontal.length, y: vertical.start, height: vertical.length };
}

function resizedSpan(
  start: number,
  length: number,
  side: Grip['x'],
  by: number,
): { readonly start: number; readonly length: number } {
  const end = start + length;
  const from = side < 0 ? between(start + by, 0, end - leastShare) : start;
  const to = side > 0 ? between(end + by, start + leastShare, 1) : end;
  return { start: rounded(from), length: rounded(to - from) };
}

/** With one of its four numbers set: the others give way where the picture ends. */
export function areaWith(area: PictureArea, change: Partial<PictureArea>): PictureArea {
  const { width, height, x, y } = { ...area, ...change };
  const size = { width: between(width, leastShare, 1), height: between(height, leastShare, 1) };
  return movedArea({ x, y, ...size }, { x: 0, y: 0 });
}

/** How far an arrow key moves, right and down; null for every other key. */
export function arrowStep(key: string): Point | null {
  const step = 0.02;
  switch (key) {
    case 'ArrowLeft':
      return { x: -step, y: 0 };
    case 'ArrowRight':
      return { x: step, y: 0 };
    case 'ArrowUp':
      return { x: 0, y: -step };
    case 'ArrowDown':
      return { x: 0, y: step };
    default:
      return null;
  }
}

/** Style of the place on the picture, in percent of it. */
export function areaStyle({
  x,
  y,
  width,
  height,
}: PictureArea): Readonly<Record<'left' | 'top' | 'width' | 'height', string>> {
  const percent = (share: number): string => `${rounded(100 * share)}%`;
  return { left: percent(x), top: percent(y), width: percent(width), height: percent(height) };
}

/** "from the left 10 %, from the top 20 %, 40 % wide, 30 % high" */
export function areaText({ x, y, width, height }: PictureArea): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `${percent(x)} from the left, ${percent(y)} from the top, ${percent(width)} wide, ${percent(height)} high`;
}
