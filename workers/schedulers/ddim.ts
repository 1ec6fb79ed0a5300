import { combine, noiseTerm, originalTerm, predictions, schedulerStep } from './linear.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { roundHalfEven } from './numbers.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import { noiseDefaults, type SchedulerFile, thresholdingDefaults } from './scheduler-config.ts';
import { spacedTimesteps } from './timesteps.ts';

const defaults = {
  ...noiseDefaults,
  ...thresholdingDefaults,
  timestep_spacing: 'leading',
  set_alpha_to_one: true,
} as const satisfies SchedulerFile;

/**
 * DDIM (Song et al. 2021, arXiv 2010.02502, Eq. 12 and 16), as diffusers' DDIMScheduler without sample clipping.
 * η = 0 is deterministic, 1 is ancestral sampling.
 * @throws PinwordError 'setting-out-of-range'.
 */
export function ddimSchedule(file: SchedulerFile, options: ScheduleOptions): Schedule {
  const config = { ...defaults, ...file };
  const { num_train_timesteps: trained, prediction_type: type } = config;
  const alphas = alphasCumprod(config);
  const stride = Math.floor(trained / options.numInferenceSteps);
  const afterLast = config.set_alpha_to_one ? 1 : (alphas[0] ?? 1);
  const timesteps = spacedTimesteps(config, options.numInferenceSteps).map(roundHalfEven);
  // With as many steps as timesteps there is no room for the offset; diffusers reads beyond its table there.
  const excess = Math.max(0, (timesteps[0] ?? 0) - (trained - 1));
  const steps = timesteps.slice(options.firstStep).map((spaced) => {
    const timestep = spaced - excess;
    const alphaProd = alphas[timestep] ?? Number.NaN;
    const alphaProdNext = timestep < stride ? afterLast : (alphas[timestep - stride] ?? Number.NaN);
    const [alpha, sigma] = [Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd)];
    const { original, epsilon } = predictions(type, alpha, sigma);
    const variance = ((1 - alphaProdNext) / (1 - alphaProd)) * (1 - alphaProd / alphaProdNext);
    const noiseScale = options.eta * Math.sqrt(Math.max(0, variance));
    const direction = Math.sqrt(Math.max(0, 1 - alphaProdNext - noiseScale * noiseScale));
    const next = combine([Math.sqrt(alphaProdNext), originalTerm], [direction, epsilon], [noiseScale, noiseTerm]);
    return schedulerStep({ timestep, alpha, sigma, original, next }, config);
  });
  return { steps, initialNoiseScale: 1 };
}
