import type { PredictionType } from './scheduler-config.ts';
import type { LinearCombination } from './scheduler.ts';

const zero: LinearCombination = { model: 0, latents: 0, history: 0, noise: 0 };

/** The previous x̂_0. */
export const historyTerm: LinearCombination = { ...zero, history: 1 };
export const noiseTerm: LinearCombination = { ...zero, noise: 1 };

/** Σ factor·term. */
export function combine(...terms: readonly (readonly [number, LinearCombination])[]): LinearCombination {
  return terms.reduce(
    (sum, [factor, term]) => ({
      model: sum.model + factor * term.model,
      latents: sum.latents + factor * term.latents,
      history: sum.history + factor * term.history,
      noise: sum.noise + factor * term.noise,
    }),
    zero,
  );
}

/** x̂_0 and ε̂ from the network's output at x_t = alpha·x_0 + sigma·ε, alpha² + sigma² = 1. */
export function predictions(
  type: PredictionType,
  alpha: number,
  sigma: number,
): { readonly original: LinearCombination; readonly epsilon: LinearCombination } {
  if (type === 'epsilon') {
    return {
      original: { ...zero, model: -sigma / alpha, latents: 1 / alpha },
      epsilon: { ...zero, model: 1 },
    };
  }
  return {
    original: { ...zero, model: -sigma, latents: alpha },
    epsilon: { ...zero, model: alpha, latents: sigma },
  };
}
