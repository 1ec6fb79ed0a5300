import { PinwordError } from '../errors.ts';
import { linspace, roundHalfEven } from './numbers.ts';
import type { SchedulerConfig } from './scheduler-config.ts';

/**
 * The timesteps that `timestep_spacing` chooses, from noisy to clean (Lin et al. 2024, Table 2, as diffusers' DDIM and
 * Euler round them); fractional for linspace.
 * @throws PinwordError 'setting-out-of-range' when the checkpoint has fewer timesteps than that.
 */
export function spacedTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, stepsOffset, timestepSpacing } = config;
  requireSteps(numInferenceSteps, numTrainTimesteps);
  if (timestepSpacing === 'linspace') return linspace(0, numTrainTimesteps - 1, numInferenceSteps).reverse();
  if (timestepSpacing === 'trailing') return trailing(numTrainTimesteps, numInferenceSteps);
  const ratio = Math.floor(numTrainTimesteps / numInferenceSteps);
  const last = (numInferenceSteps - 1) * ratio;
  // With as many steps as timesteps there is no room for the offset; diffusers reads beyond its table there.
  const offset = Math.min(stepsOffset, numTrainTimesteps - 1 - last);
  return Array.from({ length: numInferenceSteps }, (_, i) => last - i * ratio + offset);
}

/** numpy.arange(T, 0, −T/n), rounded, minus one. */
function trailing(numTrainTimesteps: number, numInferenceSteps: number): number[] {
  const ratio = numTrainTimesteps / numInferenceSteps;
  const delta = numTrainTimesteps - ratio - numTrainTimesteps;
  const count = Math.ceil(numTrainTimesteps / ratio);
  return Array.from({ length: count }, (_, i) => roundHalfEven(numTrainTimesteps + i * delta) - 1);
}

/** @throws PinwordError 'setting-out-of-range' unless 1 ≤ steps ≤ most. */
export function requireSteps(numInferenceSteps: number, most: number): void {
  if (Number.isInteger(numInferenceSteps) && numInferenceSteps >= 1 && numInferenceSteps <= most) return;
  throw new PinwordError(
    'setting-out-of-range',
    `This sampler takes 1 to ${most} steps with this checkpoint, not ${numInferenceSteps}.`,
  );
}
