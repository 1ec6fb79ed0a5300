import { PinwordError } from '../errors.ts';
import { linspace, roundHalfEven } from './numbers.ts';
import { type SchedulerConfig, UnsupportedByScheduler } from './scheduler-config.ts';

type SpacingConfig = Pick<SchedulerConfig, 'num_train_timesteps' | 'steps_offset' | 'timestep_spacing'>;

/**
 * The timesteps that `timestep_spacing` chooses, from noisy to clean (Lin et al. 2024, Table 2, as diffusers' DDIM and
 * Euler round them); fractional for linspace.
 * @throws PinwordError 'setting-out-of-range' when the checkpoint has fewer timesteps than that.
 */
export function spacedTimesteps(config: SpacingConfig, numInferenceSteps: number): number[] {
  const { num_train_timesteps: trained, steps_offset: offset } = config;
  requireSteps(numInferenceSteps, trained);
  switch (config.timestep_spacing) {
    case 'linspace':
      return linspace(0, trained - 1, numInferenceSteps).reverse();
    case 'trailing':
      return trailingTimesteps(trained, trained / numInferenceSteps);
    case 'leading':
      return leadingTimesteps(Math.floor(trained / numInferenceSteps), numInferenceSteps).map((t) => t + offset);
  }
}

/** (n−1)·ratio, …, ratio, 0 */
export function leadingTimesteps(ratio: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * ratio);
}

/** numpy.arange(start, 0, −ratio), rounded, minus one. */
export function trailingTimesteps(start: number, ratio: number): number[] {
  const delta = start - ratio - start;
  const count = Math.ceil(start / ratio);
  return Array.from({ length: count }, (_, i) => roundHalfEven(start + i * delta) - 1);
}

/**
 * Evenly chosen ones of the timesteps that a consistency model was distilled on (LCM, TCD).
 * @throws PinwordError 'setting-out-of-range' above the number of those; UnsupportedByScheduler
 */
export function distilledTimesteps(
  config: Pick<SchedulerConfig, 'num_train_timesteps' | 'original_inference_steps'>,
  numInferenceSteps: number,
): number[] {
  const { num_train_timesteps: trained, original_inference_steps: distilled } = config;
  if (distilled > trained) throw new UnsupportedByScheduler('original_inference_steps', distilled);
  requireSteps(numInferenceSteps, distilled);
  const stride = Math.floor(trained / distilled);
  return Array.from(
    { length: numInferenceSteps },
    (_, i) => (distilled - Math.floor(i * (distilled / numInferenceSteps))) * stride - 1,
  );
}

/** @throws PinwordError 'setting-out-of-range' unless 1 ≤ steps ≤ most. */
export function requireSteps(numInferenceSteps: number, most: number): void {
  if (Number.isInteger(numInferenceSteps) && numInferenceSteps >= 1 && numInferenceSteps <= most) return;
  throw new PinwordError(
    'setting-out-of-range',
    `This scheduler takes 1 to ${most} steps with this checkpoint, not ${numInferenceSteps}.`,
  );
}
