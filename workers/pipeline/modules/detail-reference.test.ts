import { describe, expect, it } from 'vitest';

import { detailFeeds } from './detail-reference.ts';
import type { DetailReference } from './conditions.ts';

const grid = { level: 0, height: 1, width: 2 };
const text: DetailReference['text'] = {
  kind: 'text',
  projectionInputs: () => ({}),
  liveFeeds: () => ({}),
};
const reference = (strength: number, places: readonly number[], area = [1, 1]): DetailReference => ({
  latents: new Float32Array(),
  text,
  strength,
  placesAt: () => Int32Array.from(places),
  areaAt: () => Float32Array.from(area),
});

/** Rows of four channels, of the first two. */
const channels = (values: Float32Array | undefined): number[][] =>
  Array.from({ length: (values?.length ?? 0) / 4 }, (_, row) => [...(values ?? []).slice(4 * row, 4 * row + 2)]);

describe('what branches are told of references', () => {
  const references = [reference(1, [0, 1]), reference(Math.exp(-1), [1], [1, 0])];

  it('marks the keys of each behind a branch’s own', () => {
    const { detail_marks_0: marks } = detailFeeds(references, [grid], ['unified']);
    expect(marks?.dims).toEqual([1, 5, 1, 4]);
    expect(channels(marks?.values)).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
  });

  it('adds 3 at strength 1, its logarithm at others, and takes keys out outside of an area and for other branches', () => {
    const { detail_bias_0: bias } = detailFeeds(references, [grid], ['unified', 'text']);
    expect(channels(bias?.values).map((row) => row.map((value) => Math.round(100 * value) / 100))).toEqual([
      [3, 2],
      [3, -1000],
      [-1000, -1000],
      [-1000, -1000],
    ]);
  });

  it('is one key for each where no branch sees them', () => {
    const { detail_marks_0: marks } = detailFeeds(references, [grid], ['text', 'unconditional']);
    expect(marks?.dims).toEqual([2, 4, 1, 4]);
  });
});
