import type { ImageSize, Pixels } from '../../../workers/api.ts';

/** What of a picture is marked: 255 is made again, 0 stays. It has the picture's shape. */
export interface MaskGrid extends ImageSize {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** Fine enough for the largest pictures, small enough to be painted on. */
const longestEdge = 512;
const marked = 128;

/** Nothing is marked. */
export function emptyGrid(picture: ImageSize): MaskGrid {
  const scale = Math.min(1, longestEdge / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((edge) => Math.max(1, Math.round(edge * scale)));
  return gridOf({ width: width ?? 1, height: height ?? 1 });
}

function gridOf({ width, height }: ImageSize): MaskGrid {
  return { width, height, data: new Uint8ClampedArray(width * height) };
}

export function copyGrid({ width, height, data }: MaskGrid): MaskGrid {
  return { width, height, data: data.slice() };
}

interface Brush {
  /** In pixels of the grid. */
  readonly radius: number;
  /** Share of the radius over which the edge fades, 0 … 1. */
  readonly softness: number;
  /** Marks or frees. */
  readonly marks: boolean;
}

/** Draws the brush along a line, into the grid itself: a stroke is many of these. */
export function drawStroke(grid: MaskGrid, from: Point, to: Point, { radius, softness, marks }: Brush): void {
  const { width, height, data } = grid;
  const reach = Math.max(0.5, radius);
  const solid = reach * (1 - softness);
  const [left, right] = span(from.x, to.x, reach, width);
  const [top, bottom] = span(from.y, to.y, reach, height);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const distance = distanceToLine({ x: x + 0.5, y: y + 0.5 }, from, to);
      const share = distance <= solid ? 1 : Math.max(0, (reach - distance) / Math.max(reach - solid, 1e-6));
      const before = data[y * width + x] ?? 0;
      data[y * width + x] = marks ? Math.max(before, 255 * share) : Math.min(before, 255 * (1 - share));
    }
  }
}

function span(a: number, b: number, reach: number, length: number): readonly [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(length, Math.ceil(Math.max(a, b) + reach))];
}

function distanceToLine(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - share * dx, point.y - from.y - share * dy);
}

/** The grid with a rectangle marked or freed. */
export function withRectangle(grid: MaskGrid, { x, y, width, height }: Rectangle, marks: boolean): MaskGrid {
  const changed = copyGrid(grid);
  const [left, right] = span(x, x + width, 0, grid.width);
  const [top, bottom] = span(y, y + height, 0, grid.height);
  for (let row = top; row < bottom; row++) {
    changed.data.fill(marks ? 255 : 0, row * grid.width + left, row * grid.width + right);
  }
  return changed;
}

export function inverted(grid: MaskGrid): MaskGrid {
  return { ...grid, data: grid.data.map((value) => 255 - value) };
}

/** Share of the picture that is marked. */
export function coverage({ data }: MaskGrid): number {
  let count = 0;
  for (const value of data) if (value >= marked) count += 1;
  return count / data.length;
}

/** As a grey picture, the way the engine reads masks. */
export function pixelsOfMask({ width, height, data }: MaskGrid): Pixels {
  const grey = new Uint8ClampedArray(4 * data.length);
  for (let index = 0, at = 0; index < data.length; index++, at += 4) {
    const value = data[index] ?? 0;
    grey[at] = value;
    grey[at + 1] = value;
    grey[at + 2] = value;
    grey[at + 3] = 255;
  }
  return { width, height, data: grey };
}

/** The mask in an opaque picture: its luma, as the engine reads it. */
export function maskOfPixels({ width, height, data }: Pick<ImageData, 'width' | 'height' | 'data'>): MaskGrid {
  const grid = gridOf({ width, height });
  for (let index = 0, at = 0; index < grid.data.length; index++, at += 4) {
    const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    grid.data[index] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  }
  return grid;
}

/** Where a point of a frame lies in a grid that fills the frame, as a picture does whose overhang is cut off. */
export function pointInGrid(point: Point, frame: ImageSize, grid: ImageSize): Point {
  const scale = scaleInFrame(frame, grid);
  return {
    x: (point.x - frame.width / 2) / scale + grid.width / 2,
    y: (point.y - frame.height / 2) / scale + grid.height / 2,
  };
}

/** Pixels of the frame for one of the grid. */
export function scaleInFrame(frame: ImageSize, grid: ImageSize): number {
  return Math.max(frame.width / grid.width, frame.height / grid.height);
}
