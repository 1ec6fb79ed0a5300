import type { SchedulerConfig } from './scheduler-config.ts';
import type { LinearCombination, SchedulerStep } from './scheduler.ts';

/** A linear combination that names x̂_0 instead of how it comes about. */
export interface Terms extends LinearCombination {
  readonly original: number;
}

const zero: Terms = { model: 0, latents: 0, history: 0, noise: 0, original: 0 };

export const latentsTerm: Terms = { ...zero, latents: 1 };
/** The previous x̂_0. */
export const historyTerm: Terms = { ...zero, history: 1 };
export const noiseTerm: Terms = { ...zero, noise: 1 };
export const originalTerm: Terms = { ...zero, original: 1 };

/** Σ factor·term. */
export function combine(...terms: readonly (readonly [number, Terms])[]): Terms {
  return terms.reduce(
    (sum, [factor, term]) => ({
      model: sum.model + factor * term.model,
      latents: sum.latents + factor * term.latents,
      history: sum.history + factor * term.history,
      noise: sum.noise + factor * term.noise,
      original: sum.original + factor * term.original,
    }),
    zero,
  );
}

/** x̂_0 and ε̂ from the network's output at x_t = alpha·x_0 + sigma·ε, alpha² + sigma² = 1. */
export function predictions(
  type: SchedulerConfig['prediction_type'],
  alpha: number,
  sigma: number,
): { readonly original: Terms; readonly epsilon: Terms } {
  switch (type) {
    case 'epsilon':
      return {
        original: { ...zero, model: -sigma / alpha, latents: 1 / alpha },
        epsilon: { ...zero, model: 1 },
      };
    case 'sample':
      return {
        original: { ...zero, model: 1 },
        epsilon: { ...zero, model: -alpha / sigma, latents: 1 / sigma },
      };
    case 'v_prediction':
      return {
        original: { ...zero, model: -sigma, latents: alpha },
        epsilon: { ...zero, model: alpha, latents: sigma },
      };
  }
}

interface StepFormula {
  readonly timestep: number;
  readonly alpha: number;
  readonly sigma: number;
  readonly original: Terms;
  /** May name x̂_0. */
  readonly next: Terms;
}

type ThresholdingConfig = Pick<SchedulerConfig, 'thresholding' | 'dynamic_thresholding_ratio' | 'sample_max_value'>;

/** @param config of a class that knows thresholding; null for the others */
export function schedulerStep(
  { timestep, alpha, sigma, original, next }: StepFormula,
  config: ThresholdingConfig | null,
): SchedulerStep {
  const isThresholded = config?.thresholding === true;
  const { original: originalShare, ...rest } = next;
  return {
    timestep,
    alpha,
    sigma,
    original: withoutName(original),
    next: withoutName(combine([1, { ...rest, original: 0 }], [isThresholded ? 0 : originalShare, original])),
    usesNoise: next.noise !== 0,
    thresholding: isThresholded
      ? { ratio: config.dynamic_thresholding_ratio, maxValue: config.sample_max_value, originalShare }
      : null,
  };
}

function withoutName({ model, latents, history, noise }: Terms): LinearCombination {
  return { model, latents, history, noise };
}
