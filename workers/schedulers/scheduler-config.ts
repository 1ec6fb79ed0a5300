import { z } from 'zod';
import { whatIsWrong } from '../checkpoint/schema-issue.ts';
import { PinwordError } from '../errors.ts';

export type PredictionType = 'epsilon' | 'v_prediction';
type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/** What the samplers need to know of the diffusion that a checkpoint was trained on. */
export interface SchedulerConfig {
  readonly numTrainTimesteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: 'scaled_linear' | 'linear';
  /** Betas given one by one instead of by a formula. */
  readonly trainedBetas: readonly number[] | null;
  readonly predictionType: PredictionType;
  readonly timestepSpacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** Whether the step after the last goes to ᾱ = 1; else to ᾱ_0. */
  readonly setAlphaToOne: boolean;
  readonly rescaleBetasZeroSnr: boolean;
}

const schema = z.object({
  num_train_timesteps: z.number().int().min(2).max(100_000).default(1000),
  beta_start: z.number().positive().lt(1),
  beta_end: z.number().positive().lt(1),
  beta_schedule: z.enum(['scaled_linear', 'linear']),
  trained_betas: z.array(z.number().positive().lt(1)).nullish(),
  prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).default('leading'),
  // StableDiffusionPipeline of diffusers corrects old files to 1.
  steps_offset: z.number().int().min(0).max(1).default(1),
  // PNDM's default, the class that SD 1.x repositories name.
  set_alpha_to_one: z.boolean().default(false),
  rescale_betas_zero_snr: z.boolean().default(false),
  thresholding: z.literal(false).nullish(),
});

/**
 * Reads scheduler_config.json as diffusers writes it, whichever scheduler class it names. clip_sample is not looked
 * at: StableDiffusionPipeline of diffusers switches it off, because latents are no pictures.
 * @param json null where the checkpoint has no such file.
 * @throws PinwordError 'file-not-found'; 'unsupported-config' naming the field.
 */
export function parseSchedulerConfig(json: unknown): SchedulerConfig {
  if (json === null) {
    throw new PinwordError(
      'file-not-found',
      'The checkpoint has no scheduler/scheduler_config.json, so nobody knows which noise it was trained on. Download the whole repository, or choose another checkpoint.',
    );
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const { key, found, expected } = whatIsWrong(parsed.error, json);
    throw unsupported(`${key === '' ? 'the file' : key} is ${found}; ${expected}`);
  }
  const { data } = parsed;
  if (data.trained_betas && data.trained_betas.length !== data.num_train_timesteps) {
    throw unsupported(
      `trained_betas has ${data.trained_betas.length} entries for ${data.num_train_timesteps} timesteps`,
    );
  }
  if (data.rescale_betas_zero_snr && data.prediction_type === 'epsilon') {
    throw unsupported('rescale_betas_zero_snr needs prediction_type v_prediction');
  }
  return {
    numTrainTimesteps: data.num_train_timesteps,
    betaStart: data.beta_start,
    betaEnd: data.beta_end,
    betaSchedule: data.beta_schedule,
    trainedBetas: data.trained_betas ?? null,
    predictionType: data.prediction_type,
    timestepSpacing: data.timestep_spacing,
    stepsOffset: data.steps_offset,
    setAlphaToOne: data.set_alpha_to_one,
    rescaleBetasZeroSnr: data.rescale_betas_zero_snr,
  };
}

function unsupported(what: string): PinwordError {
  return new PinwordError(
    'unsupported-config',
    `scheduler_config.json asks for something that is not supported (${what}). Choose another checkpoint.`,
  );
}
