import type { Grid } from '../../graph/modules/look-names.ts';
import { detailTensors, marksWidth } from '../../graph/modules/detail-names.ts';
import type { Branch, DetailReference, HostFeed, HostFeeds } from './conditions.ts';

/** What is added to the scores of a subject's keys at strength 1 (FreeCustom's w, 3.0 in its configs). */
const fullBias = 3;

/** What takes a key out: its share is exactly 0, and times the root of a head's size it is still a number of 16 bits. */
const cutBias = -1e3;

/** A share weighs the reference's keys, so that strength 0, and outside of the area, is as without them. */
function biasOf(share: number): number {
  return share > 0 ? Math.max(cutBias, fullBias + Math.log(share)) : cutBias;
}

/** A grid by how often it is half the latents' size. */
export interface DetailGrid extends Grid {
  readonly level: number;
}

/** By whom a run of the network sees references: the unified branch alone does. */
export function seesReferences(branches: readonly Branch[]): boolean {
  return branches.includes('unified');
}

/**
 * Which keys are whose, for runs of these branches. Runs in which nobody sees a reference are given one key for each that
 * counts nothing.
 */
export function detailMarks(
  references: readonly DetailReference[],
  grids: readonly DetailGrid[],
  branches: readonly Branch[],
): HostFeeds {
  return Object.fromEntries(
    grids.map((grid) => [detailTensors.marks(grid.level), marks(references, grid, branches)] as const),
  );
}

/** What is added to the scores of each place for each reference. @param strengths of the detail of each pin */
export function detailBias(
  references: readonly DetailReference[],
  grids: readonly DetailGrid[],
  branches: readonly Branch[],
  strengths: readonly number[],
): HostFeeds {
  const own = references.map(({ pin }) => strengths[pin] ?? 0);
  return Object.fromEntries(
    grids.map((grid) => [detailTensors.bias(grid.level), bias(references, own, grid, branches)] as const),
  );
}

function marks(references: readonly DetailReference[], grid: DetailGrid, branches: readonly Branch[]): HostFeed {
  const width = marksWidth(references.length);
  const isSeen = seesReferences(branches);
  const counts = references.map((reference) => (isSeen ? reference.placesAt(grid).length : 1));
  const own = grid.height * grid.width;
  const keys = counts.reduce((sum, count) => sum + count, own);
  const values = new Float32Array(branches.length * keys * width);
  for (let branch = 0; branch < branches.length; branch++) {
    let key = branch * keys + own;
    for (const [reference, count] of counts.entries())
      for (let place = 0; place < count; place++, key++) values[key * width + reference] = 1;
  }
  return { values, dims: [branches.length, keys, 1, width] };
}

function bias(
  references: readonly DetailReference[],
  strengths: readonly number[],
  grid: DetailGrid,
  branches: readonly Branch[],
): HostFeed {
  const width = marksWidth(references.length);
  const places = grid.height * grid.width;
  const values = new Float32Array(branches.length * places * width);
  for (const [channel, reference] of references.entries()) {
    const shares = reference.areaAt(grid).map((share) => share * (strengths[channel] ?? 0));
    for (const [row, branch] of branches.entries())
      for (let place = 0; place < places; place++)
        values[(row * places + place) * width + channel] = branch === 'unified' ? biasOf(shares[place] ?? 0) : cutBias;
  }
  return { values, dims: [branches.length, places, 1, width] };
}
