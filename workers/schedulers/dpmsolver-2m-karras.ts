import { combine, historyTerm, predictions } from './linear.ts';
import { trainingSigmas } from './noise-schedule.ts';
import { roundHalfEven } from './numbers.ts';
import type { LinearCombination, Schedule } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { alphaSigma, karrasSigmas, timestepOfSigma } from './sigmas.ts';
import { requireSteps } from './timesteps.ts';

/**
 * DPM-Solver++ (2M) (Lu et al. 2022, arXiv 2211.01095, Algorithm 2) on Karras' σ, as diffusers'
 * DPMSolverMultistepScheduler(algorithm_type "dpmsolver++", use_karras_sigmas): midpoint, first order at the start
 * and in the last step, which goes to σ = 0.
 * @throws PinwordError 'setting-out-of-range'.
 */
export function dpmSolver2MKarrasSchedule(config: SchedulerConfig, numInferenceSteps: number): Schedule {
  requireSteps(numInferenceSteps, config.numTrainTimesteps);
  const training = trainingSigmas(config);
  const karras = karrasSigmas(training, numInferenceSteps);
  const sigmas = Float32Array.of(...karras, 0);
  const steps = karras.map((exactSigma, i) => {
    const sigma = sigmas[i] ?? 0;
    const here = alphaSigma(sigma);
    const { original } = predictions(config.predictionType, here.alpha, here.sigma);
    const order = i === 0 || i === numInferenceSteps - 1 ? 1 : 2;
    const next =
      order === 1
        ? firstOrder(sigma, sigmas[i + 1] ?? 0, original)
        : secondOrder(sigmas[i - 1] ?? 0, sigma, sigmas[i + 1] ?? 0, original);
    return { timestep: roundHalfEven(timestepOfSigma(training, exactSigma)), next, original, usesNoise: false };
  });
  return { steps, initialNoiseScale: 1 };
}

const latentsTerm: LinearCombination = { model: 0, latents: 1, history: 0, noise: 0 };

/** x' = (σ'/σ)·x + α'·(1 − e^−h)·D, h = λ' − λ, so that e^−h = σ'_σ/σ_σ with σ_σ = σ/α. */
function update(from: number, to: number, data: LinearCombination): LinearCombination {
  const start = alphaSigma(from);
  const end = alphaSigma(to);
  return combine([end.sigma / start.sigma, latentsTerm], [end.alpha * (1 - to / from), data]);
}

function firstOrder(from: number, to: number, original: LinearCombination): LinearCombination {
  return update(from, to, original);
}

/** D = x̂_0 + (x̂_0 − x̂_0^before)/(2r), r = h_before/h. */
function secondOrder(before: number, from: number, to: number, original: LinearCombination): LinearCombination {
  const halfInverseRatio = (0.5 * Math.log(from / to)) / Math.log(before / from);
  return update(from, to, combine([1 + halfInverseRatio, original], [-halfInverseRatio, historyTerm]));
}
