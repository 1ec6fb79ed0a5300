import { combine, noiseTerm, predictions } from './linear.ts';
import { alphasCumprod } from './noise-schedule.ts';
import type { LinearCombination, Schedule } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { requireSteps } from './timesteps.ts';

/** Steps of the schedule that latent consistency models are distilled on. */
const originalInferenceSteps = 50;
const timestepScaling = 10;
const sigmaData = 0.5;

const latentsTerm: LinearCombination = { model: 0, latents: 1, history: 0, noise: 0 };

/**
 * Multistep consistency sampling (Luo et al. 2023, arXiv 2310.04378, Algorithm 3), as diffusers' LCMScheduler with its
 * own defaults: predict x_0, noise it again to the next timestep. `original` is the consistency function's output.
 * @throws PinwordError 'setting-out-of-range' above 50 steps.
 */
export function lcmSchedule(config: SchedulerConfig, numInferenceSteps: number): Schedule {
  const trained = Math.min(originalInferenceSteps, config.numTrainTimesteps);
  requireSteps(numInferenceSteps, trained);
  const alphas = alphasCumprod(config);
  const stride = Math.floor(config.numTrainTimesteps / trained);
  const timesteps = Array.from(
    { length: numInferenceSteps },
    (_, i) => (trained - Math.floor(i * (trained / numInferenceSteps))) * stride - 1,
  );
  const steps = timesteps.map((timestep, i) => {
    const alphaProd = alphas[timestep] ?? 0;
    const { original } = predictions(config.predictionType, Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd));
    const denoised = boundary(timestep, original);
    const following = timesteps[i + 1];
    if (following === undefined) return { timestep, next: denoised, original: denoised, usesNoise: false };
    const next = alphas[following] ?? 1;
    return {
      timestep,
      next: combine([Math.sqrt(next), denoised], [Math.sqrt(1 - next), noiseTerm]),
      original: denoised,
      usesNoise: true,
    };
  });
  return { steps, initialNoiseScale: 1 };
}

/** c_out·x̂_0 + c_skip·x_t, which is x_t at t = 0 (Eq. 9 and appendix C). */
function boundary(timestep: number, original: LinearCombination): LinearCombination {
  const scaled = timestep * timestepScaling;
  const norm = scaled * scaled + sigmaData * sigmaData;
  return combine([scaled / Math.sqrt(norm), original], [(sigmaData * sigmaData) / norm, latentsTerm]);
}
