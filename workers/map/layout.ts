import { UMAP } from 'umap-js';

import { fewestOnMap, type MapPoint } from '../contract/subject-map.ts';
import { PinwordError } from '../errors.ts';

/** Neighbours that shape the map, as UMAP's authors have it; fewer where there are fewer subjects. */
const neighbours = 15;
const seed = 12;

/**
 * Lays vectors out in the plane so that near ones stay near (UMAP, McInnes et al. 2018), by cosine, since directions tell
 * pseudo-words apart. Always the same for the same vectors in the same order.
 * @param vectors all of one length
 * @throws PinwordError 'setting-out-of-range' for fewer than fewestOnMap
 */
export function layoutOf(vectors: readonly Float32Array[]): readonly MapPoint[] {
  if (vectors.length < fewestOnMap)
    throw new PinwordError('setting-out-of-range', `The map needs at least ${fewestOnMap} subjects.`);
  const nNeighbors = Math.min(neighbours, vectors.length - 1);
  const umap = new UMAP({ nNeighbors, minDist: 0.3, random: seededRandom(seed) });
  const { indices, distances } = nearest(vectors, nNeighbors);
  umap.setPrecomputedKNN(indices, distances);
  return fitted(umap.fit(vectors.map((vector) => [...vector])));
}

/** mulberry32: numbers in 0 … 1, the same at every run. */
function seededRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Nearest {
  readonly indices: number[][];
  readonly distances: number[][];
}

/** The nearest of each, itself first, as UMAP counts them; searched through one by one, which is exact. */
function nearest(vectors: readonly Float32Array[], count: number): Nearest {
  const units = vectors.map(unit);
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (const [index, one] of units.entries()) {
    const others = units
      .map((other, place) => ({ place, distance: place === index ? -1 : Math.max(0, 1 - dot(one, other)) }))
      .sort((a, b) => a.distance - b.distance || a.place - b.place)
      .slice(0, count);
    indices.push(others.map(({ place }) => place));
    distances.push(others.map(({ distance }) => Math.max(0, distance)));
  }
  return { indices, distances };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/** Moved and scaled into the unit square, both axes alike, in its middle. */
function fitted(points: readonly (readonly number[])[]): readonly MapPoint[] {
  const range = (axis: 0 | 1): { readonly low: number; readonly size: number } => {
    const values = points.map((point) => point[axis] ?? 0);
    const low = Math.min(...values);
    return { low, size: Math.max(...values) - low };
  };
  const [across, down] = [range(0), range(1)];
  const edge = Math.max(across.size, down.size) || 1;
  const place = (value: number, { low, size }: typeof across): number => (value - low + (edge - size) / 2) / edge;
  return points.map(([x = 0, y = 0]) => ({ x: place(x, across), y: place(y, down) }));
}
