import { describe, expect, it } from 'vitest';

import { lookTensors } from '../../graph/modules/look-names.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { Branch } from './conditions.ts';
import { LookSource } from './look-source.ts';
import { PinnedWords } from './pinned-words.ts';

const grid = { height: 1, width: 2 };
const branches: readonly Branch[] = ['unified', 'text', 'unconditional'];

interface Asked {
  readonly isBound: boolean;
  readonly step: number;
  readonly steps: number;
  readonly computed?: readonly Branch[];
}

/** The gates of a picture at strength 0.5, of each branch, that may be on the left alone. */
function gates({ isBound, step, steps, computed = branches }: Asked): readonly (readonly number[])[] {
  const positions = { text: [1], unified: [1] };
  const words = new PinnedWords({
    words: [{ pin: 0, voices: ['look'], positions, areaAt: () => Float32Array.of(1, 0) }],
    grid,
    textPositions: 3,
    isBound,
  });
  // Gates are made on the host.
  const source = new LookSource({} as unknown as Backend, {
    subjects: [{ tokens: new Float32Array(4), layerWeights: [1] }],
    words,
    negative: new Float32Array(4),
    dimension: 4,
    layers: [1],
    grids: { all: [grid], wordMap: grid },
  });
  const moment = {
    branches: computed,
    guidance: { alpha: 0.5, guidanceScale: 7.5 },
    strengths: { look: [0.5], detail: [0] },
    step,
    steps,
  };
  const values = source.liveFeeds(branches, moment)[lookTensors.gates]?.values ?? [];
  return [0, 1, 2].map((branch) => [...values.slice(2 * branch, 2 * branch + 2)]);
}

const looked = [
  [0.5, 0],
  [0, 0],
  [0.5, 0],
];
const nothing = [
  [0, 0],
  [0, 0],
  [0, 0],
];

describe('who looks at a picture', () => {
  it('is the unified branch, and the unconditional one as strongly, where the pin may be', () => {
    expect(gates({ isBound: false, step: 0, steps: 25 })).toEqual(looked);
  });

  it.each([
    [0, 25, nothing],
    [4, 25, nothing],
    [5, 25, looked],
    [24, 25, looked],
    [1, 4, looked],
    [0, 1, looked],
  ])(
    'is nobody in the first fifth of the steps where it is bound to its word: step %i of %i',
    (step, steps, wanted) => {
      expect(gates({ isBound: true, step, steps })).toEqual(wanted);
    },
  );

  it('is nobody while α is 0, so that the text alone is left', () => {
    expect(gates({ isBound: false, step: 5, steps: 25, computed: ['text', 'unconditional'] })).toEqual(nothing);
  });
});
