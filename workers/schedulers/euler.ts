import { combine, predictions } from './linear.ts';
import { trainingSigmas } from './noise-schedule.ts';
import type { LinearCombination, Schedule } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { alphaSigma, sigmasAt } from './sigmas.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * Euler's method on the probability-flow ODE (Karras et al. 2022, Algorithm 2 without churn), as diffusers'
 * EulerDiscreteScheduler.
 * @throws PinwordError 'setting-out-of-range'.
 */
export function eulerSchedule(config: SchedulerConfig, numInferenceSteps: number): Schedule {
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(Math.fround);
  const sigmas = sigmasAt(trainingSigmas(config), timesteps);
  const steps = timesteps.map((timestep, i) => {
    const sigma = sigmas[i] ?? 0;
    const here = alphaSigma(sigma);
    const { original } = predictions(config.predictionType, here.alpha, here.sigma);
    return {
      timestep,
      next: eulerUpdate(sigma, sigmas[i + 1] ?? 0, sigmas[i + 1] ?? 0, original),
      original,
      usesNoise: false,
    };
  });
  return { steps, initialNoiseScale: initialNoiseScale(config, sigmas[0] ?? 0) };
}

/**
 * One Euler step of σ-scaled latents x·√(σ²+1) from `from` down to `down`, given in the network's scale at `to`
 * (where `to` > `down`, noise fills the difference).
 */
export function eulerUpdate(from: number, down: number, to: number, original: LinearCombination): LinearCombination {
  const latents: LinearCombination = { model: 0, latents: Math.sqrt(from * from + 1), history: 0, noise: 0 };
  const scale = alphaSigma(to).alpha;
  return combine([(scale * down) / from, latents], [scale * (1 - down / from), original]);
}

/** diffusers starts from N(0, σ²) for linspace and trailing, from N(0, σ²+1) for leading; here in the network's scale. */
export function initialNoiseScale(config: SchedulerConfig, firstSigma: number): number {
  return config.timestepSpacing === 'leading' ? 1 : alphaSigma(firstSigma).sigma;
}
