import { eulerUpdate, initialNoiseScale } from './euler.ts';
import { combine, noiseTerm, predictions } from './linear.ts';
import { trainingSigmas } from './noise-schedule.ts';
import type { Schedule } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { alphaSigma, sigmasAt } from './sigmas.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * Ancestral sampling with Euler steps (as k-diffusion named it), as diffusers' EulerAncestralDiscreteScheduler: each
 * step goes below the next σ and noise brings it back up.
 * @throws PinwordError 'setting-out-of-range'.
 */
export function eulerAncestralSchedule(config: SchedulerConfig, numInferenceSteps: number): Schedule {
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(Math.fround);
  const sigmas = sigmasAt(trainingSigmas(config), timesteps);
  const steps = timesteps.map((timestep, i) => {
    const sigma = sigmas[i] ?? 0;
    const to = sigmas[i + 1] ?? 0;
    const here = alphaSigma(sigma);
    const { original } = predictions(config.predictionType, here.alpha, here.sigma);
    const up = to * Math.sqrt(Math.max(0, 1 - (to * to) / (sigma * sigma)));
    const down = (to * to) / sigma;
    const next = combine([1, eulerUpdate(sigma, down, to, original)], [up * alphaSigma(to).alpha, noiseTerm]);
    return { timestep, next, original, usesNoise: to > 0 };
  });
  return { steps, initialNoiseScale: initialNoiseScale(config, sigmas[0] ?? 0) };
}
