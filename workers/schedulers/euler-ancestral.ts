import { eulerUpdate, initialNoiseScale } from './euler.ts';
import { combine, noiseTerm, predictions, schedulerStep } from './linear.ts';
import { trainingSigmas } from './noise-schedule.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import { noiseDefaults, type SchedulerFile, UnsupportedByScheduler } from './scheduler-config.ts';
import { alphaSigma, sigmasAt } from './sigmas.ts';
import { spacedTimesteps } from './timesteps.ts';

const defaults = { ...noiseDefaults, timestep_spacing: 'linspace' } as const satisfies SchedulerFile;

/**
 * Ancestral sampling with Euler steps (as k-diffusion named it), as diffusers' EulerAncestralDiscreteScheduler: each
 * step goes below the next σ and noise brings it back up.
 * @throws PinwordError 'setting-out-of-range'; UnsupportedByScheduler
 */
export function eulerAncestralSchedule(
  file: SchedulerFile,
  { numInferenceSteps, firstStep }: ScheduleOptions,
): Schedule {
  const config = { ...defaults, ...file };
  const { prediction_type: type } = config;
  if (type === 'sample') throw new UnsupportedByScheduler('prediction_type', type);
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(Math.fround);
  const sigmas = Float32Array.of(...sigmasAt(trainingSigmas(config), timesteps), 0);
  const steps = timesteps.slice(firstStep).map((timestep, i) => {
    const [from = 0, to = 0] = sigmas.subarray(firstStep + i);
    const here = alphaSigma(from);
    const up = to * Math.sqrt(Math.max(0, 1 - (to * to) / (from * from)));
    const down = (to * to) / from;
    const scale = alphaSigma(to).alpha;
    const next = combine([1, eulerUpdate(from, down, scale)], [up * scale, noiseTerm]);
    return schedulerStep(
      { timestep, ...here, original: predictions(type, here.alpha, here.sigma).original, next },
      null,
    );
  });
  return { steps, initialNoiseScale: initialNoiseScale(config, sigmas) };
}
