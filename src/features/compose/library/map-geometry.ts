/** Where things are on the screen: the map's unit square in the middle of a view, zoomed and moved. */
import type { MapPoint } from '../../../../workers/api.ts';

/** Edges in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** What of the map is seen. */
export interface MapView {
  /** 1 shows all of it. */
  readonly zoom: number;
  /** How far the map's middle is from the view's, in pixels. */
  readonly x: number;
  readonly y: number;
}

export const wholeMap: MapView = { zoom: 1, x: 0, y: 0 };

const largestZoom = 24;
/** Pixels round the map in which half of a thumbnail has room. */
const margin = 44;

/** Edge of the map at zoom 1, in pixels. */
function edgeOf({ width, height }: Size): number {
  return Math.max(1, Math.min(width, height) - 2 * margin);
}

/** From the map to the screen. */
export function onScreen({ x, y }: MapPoint, view: MapView, size: Size): MapPoint {
  const edge = edgeOf(size) * view.zoom;
  return { x: size.width / 2 + view.x + (x - 0.5) * edge, y: size.height / 2 + view.y + (y - 0.5) * edge };
}

/** Edge of a thumbnail, in pixels: it grows less than the map, so that crowds open up. */
export function thumbEdge({ zoom }: MapView, { width }: Size): number {
  return Math.round((width < 600 ? 40 : 52) * zoom ** 0.3);
}

/** Larger or smaller, while what is at `at` stays there. */
export function zoomedAt(view: MapView, factor: number, at: MapPoint, size: Size): MapView {
  const zoom = Math.min(largestZoom, Math.max(1, view.zoom * factor));
  const change = zoom / view.zoom;
  const about = { x: at.x - size.width / 2, y: at.y - size.height / 2 };
  const moved = { zoom, x: about.x + (view.x - about.x) * change, y: about.y + (view.y - about.y) * change };
  return kept(moved, size);
}

export function movedBy(view: MapView, by: MapPoint, size: Size): MapView {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, size);
}

/** The middle of the view stays on the map. */
function kept({ zoom, x, y }: MapView, size: Size): MapView {
  const most = (edgeOf(size) * zoom) / 2;
  const within = (value: number): number => Math.min(most, Math.max(-most, value));
  return { zoom, x: within(x), y: within(y) };
}

/** Moved so that a point is seen; as it is where it is seen already. */
export function showing(view: MapView, point: MapPoint, size: Size): MapView {
  const at = onScreen(point, view, size);
  const short = (value: number, length: number): number =>
    value < margin ? margin - value : value > length - margin ? length - margin - value : 0;
  return movedBy(view, { x: short(at.x, size.width), y: short(at.y, size.height) }, size);
}

type Places = ReadonlyMap<string, MapPoint>;

/** What lies at a place of the screen: the last drawn of those. */
export function subjectAt(places: Places, at: MapPoint, view: MapView, size: Size): string | null {
  const half = thumbEdge(view, size) / 2;
  const hit = [...places].findLast(([, point]) => {
    const place = onScreen(point, view, size);
    return Math.abs(place.x - at.x) <= half && Math.abs(place.y - at.y) <= half;
  });
  return hit?.[0] ?? null;
}

/** The others by their distance on the map, the nearest first. */
export function nearestTo(places: Places, id: string): readonly string[] {
  const from = places.get(id);
  if (from === undefined) return [];
  const distance = (point: MapPoint): number => Math.hypot(point.x - from.x, point.y - from.y);
  return [...places]
    .filter(([other]) => other !== id)
    .toSorted(([, a], [, b]) => distance(a) - distance(b))
    .map(([other]) => other);
}

/** The next subject in a direction: near, and not far to its sides. Null where there is none. */
export function nextInDirection(places: Places, id: string, direction: MapPoint): string | null {
  const from = places.get(id);
  if (from === undefined) return null;
  let best: { readonly id: string; readonly cost: number } | null = null;
  for (const [other, point] of places) {
    const [x, y] = [point.x - from.x, point.y - from.y];
    const along = x * direction.x + y * direction.y;
    const aside = Math.abs(x * direction.y - y * direction.x);
    if (other === id || along <= 0 || aside > 2 * along) continue;
    const cost = along + 2 * aside;
    if (best === null || cost < best.cost) best = { id: other, cost };
  }
  return best?.id ?? null;
}
