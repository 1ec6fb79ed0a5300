import { describe, expect, it } from 'vitest';

import { detailBias, detailMarks } from './detail-reference.ts';
import type { DetailReference } from './conditions.ts';

const grid = { level: 0, height: 1, width: 2 };
const text: DetailReference['text'] = {
  kind: 'text',
  projectionInputs: () => ({}),
  liveFeeds: () => ({}),
};
const reference = (pin: number, places: readonly number[], area = [1, 1]): DetailReference => ({
  latents: new Float32Array(),
  text,
  pin,
  subject: null,
  placesAt: () => Int32Array.from(places),
  areaAt: () => Float32Array.from(area),
});

/** Rows of four channels, of the first two. */
const channels = (values: Float32Array | undefined): number[][] =>
  Array.from({ length: (values?.length ?? 0) / 4 }, (_, row) => [...(values ?? []).slice(4 * row, 4 * row + 2)]);

describe('what branches are told of references', () => {
  const references = [reference(0, [0, 1]), reference(2, [1], [1, 0])];
  const strengths = [1, 0, Math.exp(-1)];

  it('marks the keys of each behind a branch’s own', () => {
    const { detail_marks_0: marks } = detailMarks(references, [grid], ['unified']);
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
    const { detail_bias_0: bias } = detailBias(references, [grid], ['unified', 'text'], strengths);
    expect(channels(bias?.values).map((row) => row.map((value) => Math.round(100 * value) / 100))).toEqual([
      [3, 2],
      [3, -1000],
      [-1000, -1000],
      [-1000, -1000],
    ]);
  });

  it('is one key for each where no branch sees them', () => {
    const { detail_marks_0: marks } = detailMarks(references, [grid], ['text', 'unconditional']);
    expect(marks?.dims).toEqual([2, 4, 1, 4]);
  });
});
