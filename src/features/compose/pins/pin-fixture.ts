import type { PinnedPicture } from './pins.ts';

/** A pinned picture of 8 × 8 pixels, all of which is seen; for tests. */
export function squarePicture(id: string, change: Partial<PinnedPicture> = {}): PinnedPicture {
  return {
    kind: 'picture',
    id,
    name: `${id}.png`,
    width: 8,
    height: 8,
    region: { x: 0, y: 0, size: 8 },
    sample: null,
    ...change,
  };
}
