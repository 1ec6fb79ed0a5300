import {
  combine,
  historyTerm,
  latentsTerm,
  noiseTerm,
  originalTerm,
  predictions,
  schedulerStep,
  type Terms,
} from './linear.ts';
import { trainingSigmas } from './noise-schedule.ts';
import { linspace, roundHalfEven } from './numbers.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import {
  noiseDefaults,
  type SchedulerConfig,
  type SchedulerFile,
  thresholdingDefaults,
  UnsupportedByScheduler,
} from './scheduler-config.ts';
import {
  alphaSigma,
  lastSigma,
  logSigmas,
  respacedSigmas,
  sigmaDefaults,
  sigmasAt,
  timestepOfSigma,
} from './sigmas.ts';
import { leadingTimesteps, requireSteps, trailingTimesteps } from './timesteps.ts';

const defaults = {
  ...noiseDefaults,
  ...thresholdingDefaults,
  ...sigmaDefaults,
  use_lu_lambdas: false,
  use_flow_sigmas: false,
  timestep_spacing: 'linspace',
  algorithm_type: 'dpmsolver++',
  solver_type: 'midpoint',
  solver_order: 2,
  lower_order_final: true,
  euler_at_final: false,
  lambda_min_clipped: -Infinity,
  variance_type: null,
} as const satisfies SchedulerFile;

type DpmSolverConfig = Pick<SchedulerConfig, keyof typeof defaults> & SchedulerFile;

/**
 * DPM-Solver++ (2M) (Lu et al. 2022, arXiv 2211.01095, Algorithm 2, and its SDE form), as diffusers'
 * DPMSolverMultistepScheduler: first order at the start and, for stability, at the end.
 * @throws PinwordError 'setting-out-of-range'; UnsupportedByScheduler
 */
export function dpmSolverMultistepSchedule(file: SchedulerFile, options: ScheduleOptions): Schedule {
  const config: DpmSolverConfig = { ...defaults, ...file };
  const { numInferenceSteps: count, firstStep } = options;
  requireSteps(count, config.num_train_timesteps);
  refuseOtherSolvers(config);
  const { timesteps, sigmas } = timestepsAndSigmas(config, count);
  const steps = timesteps.slice(firstStep).map((timestep, done) => {
    const index = firstStep + done;
    const [from = 0, to = 0] = sigmas.subarray(index);
    const here = alphaSigma(from);
    const { original } = predictions(config.prediction_type, here.alpha, here.sigma);
    const isFirstOrder =
      config.solver_order === 1 || done === 0 || (index === count - 1 && endsInFirstOrder(config, count));
    const next = update(config, from, to, isFirstOrder ? null : (sigmas[index - 1] ?? 0));
    return schedulerStep({ timestep, ...here, original, next }, config);
  });
  return { steps, initialNoiseScale: 1 };
}

/** Below this many steps a higher order at the end is unstable. */
const fewSteps = 15;

function endsInFirstOrder(config: DpmSolverConfig, count: number): boolean {
  const { euler_at_final: euler, lower_order_final: lower, final_sigmas_type: final } = config;
  return euler || (lower && count < fewSteps) || final === 'zero';
}

/**
 * What one x̂_0 of the past, and a noise schedule that preserves variance, are not enough for. The names that other
 * solvers give to their own kinds are read as diffusers reads them: as this one.
 */
function refuseOtherSolvers(config: DpmSolverConfig): void {
  const { algorithm_type: algorithm, solver_type: solver, solver_order: order, variance_type: variance } = config;
  const algorithms = ['dpmsolver++', 'sde-dpmsolver++', ...(config.final_sigmas_type === 'zero' ? [] : ['deis'])];
  if (!algorithms.includes(algorithm)) throw new UnsupportedByScheduler('algorithm_type', algorithm);
  if (!['midpoint', 'heun', 'logrho', 'bh1', 'bh2'].includes(solver))
    throw new UnsupportedByScheduler('solver_type', solver);
  if (order !== 1 && order !== 2) throw new UnsupportedByScheduler('solver_order', order);
  if (config.use_flow_sigmas) throw new UnsupportedByScheduler('use_flow_sigmas', true);
  if (variance === 'learned' || variance === 'learned_range')
    throw new UnsupportedByScheduler('variance_type', variance);
}

/** Whole timesteps, and n + 1 values of σ in float32. */
function timestepsAndSigmas(
  config: DpmSolverConfig,
  count: number,
): { readonly timesteps: readonly number[]; readonly sigmas: Float32Array } {
  const training = trainingSigmas(config);
  const logs = logSigmas(training);
  const respaced = respacedSigmas(config, training.toReversed(), count) ?? luSigmas(config, logs, count);
  // diffusers rounds some and cuts the fraction of the others.
  const isRounded = (config.use_karras_sigmas || config.use_lu_lambdas) && config.beta_schedule !== 'squaredcos_cap_v2';
  const timesteps =
    respaced?.map((sigma) => (isRounded ? roundHalfEven : Math.trunc)(timestepOfSigma(logs, sigma))) ??
    spacedBeforeLast(config, lastTimestep(config, logs), count);
  return {
    timesteps,
    sigmas: Float32Array.of(...(respaced ?? sigmasAt(training, timesteps)), lastSigma(config, training)),
  };
}

/** log σ in equal steps: lambda with the ρ = 1 of Lu et al. */
function luSigmas(config: DpmSolverConfig, logs: Float32Array, count: number): number[] | null {
  if (!config.use_lu_lambdas) return null;
  const [largest, smallest] = [logs.at(-1) ?? 0, logs[0] ?? 0];
  return linspace(0, 1, count).map((ramp) => Math.exp(largest + ramp * (smallest - largest)));
}

/** Number of training timesteps whose λ = −log σ is not clipped. */
function lastTimestep({ lambda_min_clipped: lowest }: DpmSolverConfig, logs: Float32Array): number {
  return logs.reduce((kept, log) => kept + (-log >= lowest ? 1 : 0), 0);
}

/** Unlike DDIM's and Euler's, these keep clear of t = 0 where the solver ends. */
function spacedBeforeLast(config: DpmSolverConfig, last: number, count: number): number[] {
  switch (config.timestep_spacing) {
    case 'linspace':
      return linspace(0, last - 1, count + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading':
      return leadingTimesteps(Math.floor(last / (count + 1)), count + 1)
        .slice(0, -1)
        .map((timestep) => timestep + config.steps_offset);
    case 'trailing':
      return trailingTimesteps(last, config.num_train_timesteps / count);
  }
}

/**
 * x' = a·x + b·(D_0 + c·D_1) + noise, with h = λ' − λ, so that e^−h = σ'/σ, and D_1 = (x̂_0 − x̂_0^before)/r,
 * r = h_before/h.
 * @param before σ of the step before; null in a step of first order
 */
function update(config: DpmSolverConfig, from: number, to: number, before: number | null): Terms {
  const isStochastic = config.algorithm_type === 'sde-dpmsolver++';
  const start = alphaSigma(from);
  const end = alphaSigma(to);
  const decay = to / from;
  const kept = (end.sigma / start.sigma) * (isStochastic ? decay : 1);
  const gain = isStochastic ? 1 - decay * decay : 1 - decay;
  const noise = isStochastic ? end.sigma * Math.sqrt(gain) : 0;
  const first = combine([kept, latentsTerm], [end.alpha * gain, originalTerm], [noise, noiseTerm]);
  if (before === null) return first;
  const h = Math.log(from / to);
  const slope = h / Math.log(before / from);
  const weight = config.solver_type === 'heun' ? 1 - gain / (isStochastic ? 2 * h : h) : gain / 2;
  const difference = combine([1, originalTerm], [-1, historyTerm]);
  return combine([1, first], [end.alpha * weight * slope, difference]);
}
