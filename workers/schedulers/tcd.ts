import { consistencyDefaults } from './lcm.ts';
import { combine, noiseTerm, originalTerm, predictions, schedulerStep } from './linear.ts';
import { alphasCumprod } from './noise-schedule.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import type { SchedulerFile } from './scheduler-config.ts';
import { distilledTimesteps } from './timesteps.ts';

/**
 * Strategic stochastic sampling of trajectory consistency models (Zheng et al. 2024, arXiv 2402.19159, Algorithm 4), as
 * diffusers' TCDScheduler: step down to s = (1 − η)·t', noise up to the next timestep t'. η is the paper's γ.
 * @throws PinwordError 'setting-out-of-range' above the steps that it was distilled on; UnsupportedByScheduler
 */
export function tcdSchedule(file: SchedulerFile, { numInferenceSteps, eta, firstStep }: ScheduleOptions): Schedule {
  const config = { ...consistencyDefaults, ...file };
  const alphas = alphasCumprod(config);
  const at = (timestep: number): number => alphas[timestep] ?? Number.NaN;
  const timesteps = distilledTimesteps(config, numInferenceSteps);
  const steps = timesteps.slice(firstStep).map((timestep, i) => {
    const [alpha, sigma] = [Math.sqrt(at(timestep)), Math.sqrt(1 - at(timestep))];
    const { original, epsilon } = predictions(config.prediction_type, alpha, sigma);
    const following = timesteps[firstStep + i + 1] ?? 0;
    // In float32, as torch multiplies.
    const down = at(Math.floor(Math.fround(Math.fround(1 - eta) * following)));
    // ᾱ of the next step over that of s: the noise that is missing there. None is added after the last step.
    const ratio = firstStep + i === numInferenceSteps - 1 ? 1 : at(following) / down;
    const next = combine(
      [Math.sqrt(ratio * down), originalTerm],
      [Math.sqrt(ratio * (1 - down)), epsilon],
      [Math.sqrt(1 - ratio), noiseTerm],
    );
    // TCDScheduler takes the fields of thresholding and does not look at them.
    return schedulerStep({ timestep, alpha, sigma, original, next }, null);
  });
  return { steps, initialNoiseScale: 1 };
}
