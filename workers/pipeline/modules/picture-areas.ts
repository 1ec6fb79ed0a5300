import type { PictureArea } from '../../api.ts';
import type { Grid } from '../../graph/modules/look-names.ts';

/** Share of the picture's edge over which an area's edge fades: hard edges show, and subjects are cut off at them. */
const fade = 1 / 16;

/** Samples of a place's extent along an axis. */
const samples = 4;

/**
 * How much of an area lies at each place of a grid: 1 inside, 0 outside, with soft edges. An edge on the picture's own
 * edge does not fade.
 * @returns [h·w], row by row; all 1 where nobody said where
 */
export function areaAt(area: PictureArea | null, { height, width }: Grid): Float32Array<ArrayBuffer> {
  const rows = area === null ? null : shares(area.y, area.height, height);
  const columns = area === null ? null : shares(area.x, area.width, width);
  return Float32Array.from(
    { length: height * width },
    (_, place) => (rows?.[Math.floor(place / width)] ?? 1) * (columns?.[place % width] ?? 1),
  );
}

/** Along one axis: how much of each of `count` places lies between start and start + length. */
function shares(start: number, length: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, place) => {
    const inside = Array.from({ length: samples }, (__, sample) =>
      insideAt((place + (sample + 0.5) / samples) / count, start, start + length),
    );
    return inside.reduce((sum, share) => sum + share, 0) / samples;
  });
}

/** A millionth: a share that was computed from pixels may miss the edge by a rounding. */
const onEdge = 1e-6;

function insideAt(position: number, start: number, end: number): number {
  const after = start <= onEdge ? 1 : ramp((position - start) / fade + 0.5);
  const before = end >= 1 - onEdge ? 1 : ramp((end - position) / fade + 0.5);
  return after * before;
}

function ramp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
