import { PinwordError } from '../errors.ts';
import { combine, noiseTerm, predictions } from './linear.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { roundHalfEven } from './numbers.ts';
import type { Schedule, SchedulerStep } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * DDIM (Song et al. 2021, arXiv 2010.02502, Eq. 12 and 16), as diffusers' DDIMScheduler without sample clipping.
 * @param eta 0 is deterministic, 1 is ancestral sampling.
 * @throws PinwordError 'setting-out-of-range'.
 */
export function ddimSchedule(config: SchedulerConfig, numInferenceSteps: number, eta: number): Schedule {
  if (!(eta >= 0 && eta <= 1))
    throw new PinwordError('setting-out-of-range', `η must lie between 0 and 1, not at ${eta}.`);
  const alphas = alphasCumprod(config);
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(roundHalfEven);
  const stride = Math.floor(config.numTrainTimesteps / numInferenceSteps);
  const afterLast = config.setAlphaToOne ? 1 : (alphas[0] ?? 1);
  const steps = timesteps.map((timestep) => {
    const previous = timestep - stride;
    return ddimStep(config, timestep, alphas[timestep] ?? 0, previous < 0 ? afterLast : (alphas[previous] ?? 1), eta);
  });
  return { steps, initialNoiseScale: 1 };
}

function ddimStep(
  config: SchedulerConfig,
  timestep: number,
  alphaProd: number,
  alphaProdNext: number,
  eta: number,
): SchedulerStep {
  const { original, epsilon } = predictions(config.predictionType, Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd));
  const variance = ((1 - alphaProdNext) / (1 - alphaProd)) * (1 - alphaProd / alphaProdNext);
  const noiseScale = eta * Math.sqrt(Math.max(0, variance));
  const direction = Math.sqrt(Math.max(0, 1 - alphaProdNext - noiseScale * noiseScale));
  return {
    timestep,
    next: combine([Math.sqrt(alphaProdNext), original], [direction, epsilon], [noiseScale, noiseTerm]),
    original,
    usesNoise: eta > 0,
  };
}
