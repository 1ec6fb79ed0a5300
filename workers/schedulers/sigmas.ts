import { betaQuantile } from './beta-quantile.ts';
import { interpolate, linspace } from './numbers.ts';
import { type SchedulerConfig, type SchedulerFile, UnsupportedByScheduler } from './scheduler-config.ts';

/** x_t = alpha·x_0 + sigma·ε of variance-preserving latents, from σ = √((1−ᾱ)/ᾱ). */
export function alphaSigma(sigma: number): { readonly alpha: number; readonly sigma: number } {
  const alpha = 1 / Math.sqrt(sigma * sigma + 1);
  return { alpha, sigma: sigma * alpha };
}

/** σ at fractional timesteps. */
export function sigmasAt(trainingSigmas: Float32Array, timesteps: readonly number[]): number[] {
  return timesteps.map((timestep) => interpolate(trainingSigmas, timestep));
}

export const sigmaDefaults = {
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  final_sigmas_type: 'zero',
} as const satisfies SchedulerFile;

type SigmaConfig = Pick<SchedulerConfig, keyof typeof sigmaDefaults> & Pick<SchedulerFile, 'sigma_min' | 'sigma_max'>;

/** A way of laying n values from the largest to the smallest σ. */
type Spacing = (largest: number, smallest: number, count: number) => number[];

/**
 * σ spread again between the ends of those given, where the file asks for that.
 * @param sigmas from the largest to the smallest @returns null where it does not
 * @throws UnsupportedByScheduler where it asks for two ways at once
 */
export function respacedSigmas(config: SigmaConfig, sigmas: ArrayLike<number>, count: number): number[] | null {
  const asked = spacings.filter(([field]) => config[field]);
  const [first, second] = asked;
  if (first === undefined) return null;
  if (second !== undefined) throw new UnsupportedByScheduler(second[0], true);
  const largest = config.sigma_max ?? sigmas[0] ?? 0;
  return first[1](largest, config.sigma_min ?? sigmas[sigmas.length - 1] ?? 0, count);
}

const spacings = [
  ['use_karras_sigmas', karrasSigmas],
  ['use_exponential_sigmas', exponentialSigmas],
  ['use_beta_sigmas', betaSigmas],
] as const satisfies readonly (readonly [keyof SigmaConfig, Spacing])[];

const karrasRho = 7;

/** Karras et al. 2022 (arXiv 2206.00364), Eq. 5 with ρ = 7. */
function karrasSigmas(largest: number, smallest: number, count: number): number[] {
  const start = largest ** (1 / karrasRho);
  const end = smallest ** (1 / karrasRho);
  return linspace(0, 1, count).map((ramp) => (start + ramp * (end - start)) ** karrasRho);
}

function exponentialSigmas(largest: number, smallest: number, count: number): number[] {
  return linspace(Math.log(largest), Math.log(smallest), count).map(Math.exp);
}

/** Lee et al. 2024 (arXiv 2407.12173): quantiles of the Beta distribution with a = b = 0.6. */
function betaSigmas(largest: number, smallest: number, count: number): number[] {
  return linspace(0, 1, count).map((ramp) => smallest + betaQuantile(1 - ramp, 0.6) * (largest - smallest));
}

/** The σ after the last step. @throws UnsupportedByScheduler */
export function lastSigma(config: Pick<SchedulerConfig, 'final_sigmas_type'>, trainingSigmas: Float32Array): number {
  switch (config.final_sigmas_type) {
    case 'zero':
      return 0;
    case 'sigma_min':
      return trainingSigmas[0] ?? 0;
    default:
      throw new UnsupportedByScheduler('final_sigmas_type', config.final_sigmas_type);
  }
}

/** log σ in float32, as diffusers looks σ up in. */
export function logSigmas(trainingSigmas: Float32Array): Float32Array {
  return trainingSigmas.map(Math.log);
}

/** The (fractional) timestep whose σ this is: log σ in a straight line between its neighbours. */
export function timestepOfSigma(logs: Float32Array, sigma: number): number {
  const log = Math.log(Math.max(sigma, 1e-10));
  let low = 0;
  let high = logs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((logs[middle] ?? 0) <= log) low = middle;
    else high = middle;
  }
  const [logLow, logHigh] = [logs[low] ?? 0, logs[high] ?? 1];
  const share = Math.min(1, Math.max(0, (logLow - log) / Math.fround(logLow - logHigh)));
  return (1 - share) * low + share * high;
}
