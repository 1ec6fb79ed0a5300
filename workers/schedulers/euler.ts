import { combine, latentsTerm, originalTerm, predictions, schedulerStep, type Terms } from './linear.ts';
import { linspace32, trainingSigmas } from './noise-schedule.ts';
import type { Schedule, ScheduleOptions } from './scheduler.ts';
import { noiseDefaults, type SchedulerConfig, type SchedulerFile, UnsupportedByScheduler } from './scheduler-config.ts';
import {
  alphaSigma,
  lastSigma,
  logSigmas,
  respacedSigmas,
  sigmaDefaults,
  sigmasAt,
  timestepOfSigma,
} from './sigmas.ts';
import { spacedTimesteps } from './timesteps.ts';

const defaults = {
  ...noiseDefaults,
  ...sigmaDefaults,
  timestep_spacing: 'linspace',
  timestep_type: 'discrete',
  interpolation_type: 'linear',
} as const satisfies SchedulerFile;

type EulerConfig = Pick<SchedulerConfig, keyof typeof defaults> & SchedulerFile;

/**
 * Euler's method on the probability-flow ODE (Karras et al. 2022, Algorithm 2 without churn), as diffusers'
 * EulerDiscreteScheduler.
 * @throws PinwordError 'setting-out-of-range'; UnsupportedByScheduler
 */
export function eulerSchedule(file: SchedulerFile, { numInferenceSteps, firstStep }: ScheduleOptions): Schedule {
  const config: EulerConfig = { ...defaults, ...file };
  const { timesteps, sigmas } = timestepsAndSigmas(config, numInferenceSteps);
  const steps = timesteps.slice(firstStep).map((timestep, i) => {
    const [from = 0, to = 0] = sigmas.subarray(firstStep + i);
    const here = alphaSigma(from);
    const { original } = predictions(config.prediction_type, here.alpha, here.sigma);
    // A picture is made of the last latents as they are, even where σ does not end at 0.
    const scale = firstStep + i === numInferenceSteps - 1 ? 1 : alphaSigma(to).alpha;
    return schedulerStep({ timestep, ...here, original, next: eulerUpdate(from, to, scale) }, null);
  });
  return { steps, initialNoiseScale: initialNoiseScale(config, sigmas) };
}

/** In float32: n timesteps, and n + 1 values of σ or more. */
function timestepsAndSigmas(
  config: EulerConfig,
  count: number,
): { readonly timesteps: readonly number[]; readonly sigmas: Float32Array } {
  const training = trainingSigmas(config);
  const spaced = spacedTimesteps(config, count).map(Math.fround);
  const sigmas = interpolatedSigmas(config, training, spaced);
  const respaced = respacedSigmas(config, sigmas, count);
  const logs = logSigmas(training);
  const rounded = Float32Array.of(...(respaced ?? sigmas), lastSigma(config, training));
  const isContinuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction';
  const timesteps = isContinuous
    ? Array.from(rounded.subarray(0, -1), (sigma) => Math.log(sigma) / 4)
    : (respaced?.map((sigma) => timestepOfSigma(logs, sigma)) ?? spaced);
  return { timesteps: timesteps.map(Math.fround), sigmas: rounded };
}

function interpolatedSigmas(
  { interpolation_type: type }: EulerConfig,
  training: Float32Array,
  timesteps: readonly number[],
): readonly number[] {
  if (type === 'linear') return sigmasAt(training, timesteps);
  if (type !== 'log_linear') throw new UnsupportedByScheduler('interpolation_type', type);
  const [largest, smallest] = [training.at(-1) ?? 0, training[0] ?? 0].map((sigma) => Math.fround(Math.log(sigma)));
  return [...linspace32(largest ?? 0, smallest ?? 0, timesteps.length + 1).map(Math.exp)];
}

/** One Euler step of σ-scaled latents x·√(σ²+1) from `from` down to `down`, times `scale`. */
export function eulerUpdate(from: number, down: number, scale: number): Terms {
  return combine(
    [((scale * down) / from) * Math.sqrt(from * from + 1), latentsTerm],
    [scale * (1 - down / from), originalTerm],
  );
}

/** diffusers starts from N(0, σ²) for linspace and trailing, from N(0, σ²+1) for leading; here in the network's scale. */
export function initialNoiseScale(config: Pick<SchedulerConfig, 'timestep_spacing'>, sigmas: Float32Array): number {
  return config.timestep_spacing === 'leading' ? 1 : alphaSigma(sigmas[0] ?? 0).sigma;
}
