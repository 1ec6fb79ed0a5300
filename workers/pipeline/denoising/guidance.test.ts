import { describe, expect, it } from 'vitest';

import { guidanceBranches, stepCoefficients } from './guidance.ts';

const pinnedBranches = new Set(['unified', 'text', 'unconditional'] as const);
const plainBranches = new Set(['text', 'unconditional'] as const);

const names = (alpha: number, guidanceScale: number, pinned = true) =>
  guidanceBranches({ alpha, guidanceScale }, pinned ? pinnedBranches : plainBranches).map(({ branch }) => branch);

describe('guidance branches', () => {
  it('weighs them as Eq. 8 does', () => {
    const weights = guidanceBranches({ alpha: 0.25, guidanceScale: 8 }, pinnedBranches).map(({ weight }) => weight);
    expect(weights).toEqual([2, 6, -7]);
  });

  it.each([
    [0.5, 7.5, ['unified', 'text', 'unconditional']],
    [0, 7.5, ['text', 'unconditional']],
    [1, 7.5, ['unified', 'unconditional']],
    [0.5, 1, ['unified', 'text']],
    [0, 1, ['text']],
    [1, 1, ['unified']],
  ])('leaves out what has no weight at α=%s, w=%s', (alpha, scale, expected) => {
    expect(names(alpha, scale)).toEqual(expected);
  });

  it('follows the text alone where nothing is pinned', () => {
    expect(guidanceBranches({ alpha: 1, guidanceScale: 2 }, plainBranches)).toEqual([
      { branch: 'text', weight: 2 },
      { branch: 'unconditional', weight: -1 },
    ]);
  });
});

describe('step coefficients', () => {
  it('spread the weight of the network output over the branches', () => {
    const step = {
      timestep: 1,
      next: { model: 2, latents: 3, history: 4, noise: 5 },
      original: { model: -1, latents: 6, history: 0, noise: 0 },
      usesNoise: true,
    };
    const branches = guidanceBranches({ alpha: 0.5, guidanceScale: 4 }, pinnedBranches);
    expect([...stepCoefficients(branches, step)]).toEqual([4, 4, -6, 3, 4, 5, -2, -2, 3, 6, 0, 0]);
    expect([...stepCoefficients(branches, step, { alpha: 8, sigma: 9 })]).toEqual([
      ...[4, 4, -6, 3, 4, 5, 0, 0],
      ...[-2, -2, 3, 6, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 8, 9],
    ]);
  });
});
