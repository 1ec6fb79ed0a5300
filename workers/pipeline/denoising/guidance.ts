import type { GuidanceSettings } from '../../api.ts';
import type { SchedulerStep } from '../../schedulers/scheduler.ts';
import type { Branch } from '../modules/conditions.ts';

/** A branch with the weight that Eq. 8 gives to its noise prediction. */
export interface WeightedBranch {
  readonly branch: Branch;
  readonly weight: number;
}

/**
 * The branches that contribute to ε̃ = α·w·ε_u + (1−α)·w·ε_y + (1−w)·ε_∅ (UMM-Diffusion, Eq. 8).
 * A branch of weight zero is left out, so that it is never computed; without pins h_u equals h_y.
 * @param known the branches that the conditions know
 */
export function guidanceBranches(
  { alpha, guidanceScale }: GuidanceSettings,
  known: ReadonlySet<Branch>,
): WeightedBranch[] {
  const fuse = known.has('unified') ? alpha : 0;
  const all: WeightedBranch[] = [
    { branch: 'unified', weight: fuse * guidanceScale },
    { branch: 'text', weight: (1 - fuse) * guidanceScale },
    { branch: 'unconditional', weight: 1 - guidanceScale },
  ];
  return all.filter(({ weight }) => weight !== 0);
}

/** x_t = alpha·x_0 + sigma·ε */
export type NoiseLevel = Pick<SchedulerStep, 'alpha' | 'sigma'>;

/**
 * The matrix C of one step: [x_{t−1}; x̂_0] = C · [ε_1 … ε_B; x_t; history; noise], guidance and sampler in one. Where a
 * part is kept, its latents and noise are two more columns, and what they are at the next step is a third row.
 * @param kept the noise level of the next step where a part is kept
 * @returns [2, B+3], with a part that is kept [3, B+5], row-major f32
 */
export function stepCoefficients(
  branches: readonly WeightedBranch[],
  step: Pick<SchedulerStep, 'next' | 'original'>,
  kept: NoiseLevel | null = null,
): Float32Array<ArrayBuffer> {
  const rows = [step.next, step.original].map((row): number[] => [
    ...branches.map(({ weight }) => weight * row.model),
    row.latents,
    row.history,
    row.noise,
  ]);
  if (kept === null) return new Float32Array(rows.flat());
  const unused = new Array<number>(branches.length + 3).fill(0);
  return new Float32Array([...rows.map((row) => [...row, 0, 0]), [...unused, kept.alpha, kept.sigma]].flat());
}
