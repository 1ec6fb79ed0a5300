import { combine, latentsTerm, noiseTerm, originalTerm, predictions, schedulerStep, type Terms } from './linear.ts';
import { alphasCumprod } from './noise-schedule.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import { noiseDefaults, type SchedulerConfig, type SchedulerFile, thresholdingDefaults } from './scheduler-config.ts';
import { distilledTimesteps } from './timesteps.ts';

/** LCM and TCD share them in diffusers; the noise is Stable Diffusion's. */
export const consistencyDefaults = {
  ...noiseDefaults,
  ...thresholdingDefaults,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  original_inference_steps: 50,
  timestep_scaling: 10,
} as const satisfies SchedulerFile;

const sigmaData = 0.5;

/**
 * Multistep consistency sampling (Luo et al. 2023, arXiv 2310.04378, Algorithm 3), as diffusers' LCMScheduler: apply
 * the consistency function, noise its output again to the next timestep.
 * @throws PinwordError 'setting-out-of-range' above the steps that it was distilled on; UnsupportedByScheduler
 */
export function lcmSchedule(file: SchedulerFile, { numInferenceSteps, firstStep }: ScheduleOptions): Schedule {
  const config = { ...consistencyDefaults, ...file };
  const alphas = alphasCumprod(config);
  const timesteps = distilledTimesteps(config, numInferenceSteps);
  const steps = timesteps.slice(firstStep).map((timestep, i) => {
    const alphaProd = alphas[timestep] ?? Number.NaN;
    const [alpha, sigma] = [Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd)];
    const { original } = predictions(config.prediction_type, alpha, sigma);
    const following = timesteps[firstStep + i + 1];
    const alphaProdNext = following === undefined ? 1 : (alphas[following] ?? Number.NaN);
    const next = combine(
      [Math.sqrt(alphaProdNext), consistencyFunction(timestep, config)],
      [Math.sqrt(1 - alphaProdNext), noiseTerm],
    );
    return schedulerStep({ timestep, alpha, sigma, original, next }, config);
  });
  return { steps, initialNoiseScale: 1 };
}

/** c_out·x̂_0 + c_skip·x_t, which is x_t at t = 0 (Eq. 9 and appendix C). */
function consistencyFunction(
  timestep: number,
  { timestep_scaling: scaling }: Pick<SchedulerConfig, 'timestep_scaling'>,
): Terms {
  const scaled = timestep * scaling;
  const norm = scaled * scaled + sigmaData * sigmaData;
  return combine([scaled / Math.sqrt(norm), originalTerm], [(sigmaData * sigmaData) / norm, latentsTerm]);
}
