import { z } from 'zod';
import { shorten, whatIsWrong } from '../checkpoint/json/schema-issue.ts';
import { PinwordError } from '../errors.ts';

/** Python's truth of None is false. */
const flag = z
  .boolean()
  .nullable()
  .transform((value) => value === true);
const beta = z.number().min(0).max(1);

/** The values that the schedulers here read, by their names in diffusers. */
const schema = z.object({
  num_train_timesteps: z.int().min(2).max(100_000),
  beta_start: beta,
  beta_end: beta,
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']),
  /** Betas given one by one instead of by a formula. */
  trained_betas: z.array(beta).nullable(),
  rescale_betas_zero_snr: flag,
  prediction_type: z.enum(['epsilon', 'sample', 'v_prediction']),
  timestep_spacing: z.enum(['leading', 'trailing', 'linspace']),
  steps_offset: z.number().nullable(),
  /** Whether the step after the last goes to ᾱ = 1; else to ᾱ_0. */
  set_alpha_to_one: flag,
  thresholding: flag,
  dynamic_thresholding_ratio: z.number().min(0).max(1),
  sample_max_value: z.number().positive(),
  original_inference_steps: z.int().min(1),
  timestep_scaling: z.number(),
  interpolation_type: z.string(),
  timestep_type: z.string(),
  use_karras_sigmas: flag,
  use_exponential_sigmas: flag,
  use_beta_sigmas: flag,
  use_lu_lambdas: flag,
  use_flow_sigmas: flag,
  sigma_min: z.number().positive().nullable(),
  sigma_max: z.number().positive().nullable(),
  final_sigmas_type: z.string(),
  algorithm_type: z.string(),
  solver_type: z.string(),
  solver_order: z.number(),
  lower_order_final: flag,
  euler_at_final: flag,
  lambda_min_clipped: z.union([z.number(), z.literal(-Infinity)]),
  variance_type: z.string().nullable(),
});

export type SchedulerConfig = Readonly<z.output<typeof schema>> & { readonly steps_offset: number };

/**
 * What a checkpoint's own file says. A scheduler lays it over the defaults of its own diffusers class, as from_config
 * does; what the class that saved the file would fill in is not known here and not carried over.
 */
export type SchedulerFile = { readonly [Field in keyof SchedulerConfig]?: SchedulerConfig[Field] };

/** Defaults that most classes of diffusers share; those of Stable Diffusion stand in its files. */
export const noiseDefaults = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: 'linear',
  trained_betas: null,
  rescale_betas_zero_snr: false,
  prediction_type: 'epsilon',
  steps_offset: 0,
} as const satisfies SchedulerFile;

export const thresholdingDefaults = {
  thresholding: false,
  dynamic_thresholding_ratio: 0.995,
  sample_max_value: 1,
} as const satisfies SchedulerFile;

const privateSchema = z.looseObject({ _use_default_values: z.array(z.string()).catch([]) });

/**
 * Reads scheduler_config.json as StableDiffusionPipeline of diffusers does, whichever scheduler class it names: the
 * constructor sets steps_offset to 1, and clip_sample to false, so that nothing here reads that.
 * @param json null where the checkpoint has no such file.
 * @throws PinwordError 'file-not-found'; 'unsupported-config' naming the field.
 */
export function parseSchedulerConfig(json: unknown): SchedulerFile {
  if (json === null) {
    throw new PinwordError(
      'file-not-found',
      'The checkpoint has no scheduler/scheduler_config.json, so nobody knows which noise it was trained on. Download the whole repository, or choose another checkpoint.',
    );
  }
  const all = privateSchema.safeParse(json);
  if (!all.success) throw unsupported('it is no object');
  const filledIn = new Set(all.data._use_default_values);
  const given = Object.fromEntries(Object.entries(all.data).filter(([field]) => !filledIn.has(field)));
  const parsed = schema.partial().safeParse(given);
  if (!parsed.success) {
    const { key, found, expected } = whatIsWrong(parsed.error, given);
    throw unsupported(`${key === '' ? 'the file' : key} is ${found}; ${expected}`);
  }
  const file = { ...(parsed.data as SchedulerFile), steps_offset: 1 };
  const { trained_betas: trained, num_train_timesteps: count = noiseDefaults.num_train_timesteps } = file;
  if (trained !== undefined && trained !== null && trained.length !== count)
    throw unsupported(`trained_betas has ${trained.length} entries for ${count} timesteps`);
  return file;
}

function unsupported(what: string): PinwordError {
  return new PinwordError(
    'unsupported-config',
    `scheduler_config.json asks for something that is not supported (${what}). Choose another checkpoint.`,
  );
}

/** What a file asks of one scheduler and that scheduler cannot do here; another one may not look at the field. */
export class UnsupportedByScheduler extends Error {
  constructor(field: keyof SchedulerConfig, value: unknown) {
    super(`${field}: ${shorten(value)}`);
  }
}
