import { interpolate, linspace } from './numbers.ts';

/** x_t = alpha·x_0 + sigma·ε of variance-preserving latents, from σ = √((1−ᾱ)/ᾱ). */
export function alphaSigma(sigma: number): { readonly alpha: number; readonly sigma: number } {
  const alpha = 1 / Math.sqrt(sigma * sigma + 1);
  return { alpha, sigma: sigma * alpha };
}

/** σ at fractional timesteps, and a last 0; float32 as diffusers keeps them. */
export function sigmasAt(trainingSigmas: Float32Array, timesteps: readonly number[]): Float32Array {
  return Float32Array.of(...timesteps.map((timestep) => interpolate(trainingSigmas, timestep)), 0);
}

const karrasRho = 7;

/** Karras et al. 2022 (arXiv 2206.00364), Eq. 5 with ρ = 7: n values from the largest to the smallest training σ. */
export function karrasSigmas(trainingSigmas: Float32Array, count: number): number[] {
  const largest = (trainingSigmas.at(-1) ?? 0) ** (1 / karrasRho);
  const smallest = (trainingSigmas[0] ?? 0) ** (1 / karrasRho);
  return linspace(0, 1, count).map((ramp) => (largest + ramp * (smallest - largest)) ** karrasRho);
}

/** The (fractional) timestep whose σ this is: log σ in a straight line between its neighbours. */
export function timestepOfSigma(trainingSigmas: Float32Array, sigma: number): number {
  let low = 0;
  let high = trainingSigmas.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((trainingSigmas[middle] ?? 0) <= sigma) low = middle;
    else high = middle;
  }
  const [logLow, logHigh] = [low, high].map((t) => Math.fround(Math.log(trainingSigmas[t] ?? 1)));
  const share = (Math.log(sigma) - (logLow ?? 0)) / ((logHigh ?? 1) - (logLow ?? 0));
  return low + Math.min(1, Math.max(0, share));
}
