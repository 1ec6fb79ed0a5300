import { describe, expect, it } from 'vitest';
import { type SchedulerName, schedulers } from '../contract/schedulers.ts';
import { formatsTensors } from '../testing/reference/formats-reference.ts';
import { runSchedule } from '../testing/run-schedule.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { scheduleFor } from './schedule-for.ts';
import type { Schedule } from './scheduler.ts';
import { noiseDefaults, parseSchedulerConfig, type SchedulerFile } from './scheduler-config.ts';

const reference = await formatsTensors('schedulers.safetensors');
const latentCount = 4;
/** diffusers computes in float32; at the σ of 4096 that stands for zero SNR it loses four digits. */
const tolerance = 3e-4;

const samplers: Readonly<
  Record<string, { readonly name: SchedulerName; readonly eta: number; readonly setAlphaToOne: boolean }>
> = {
  ddim: { name: 'ddim', eta: 0, setAlphaToOne: false },
  'ddim-to-one': { name: 'ddim', eta: 0, setAlphaToOne: true },
  'ddim-eta': { name: 'ddim', eta: 0.7, setAlphaToOne: false },
  'dpmsolver++2m-karras': { name: 'dpmsolver++2m-karras', eta: 0, setAlphaToOne: false },
  euler: { name: 'euler', eta: 0, setAlphaToOne: false },
  'euler-ancestral': { name: 'euler-ancestral', eta: 0, setAlphaToOne: false },
  lcm: { name: 'lcm', eta: 0, setAlphaToOne: false },
};

const base = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  steps_offset: 1,
};

function tensor(key: string): Float32Array {
  const values = reference.get(key);
  if (values === undefined) throw new Error(`no reference ${key}`);
  return values;
}

function row(values: Float32Array | undefined, index: number): Float32Array {
  return values?.subarray(index * latentCount, (index + 1) * latentCount) ?? new Float32Array(latentCount);
}

/** Largest difference against the size of the reference, at least 1. */
function relativeDifference(actual: readonly number[], expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN)) / scale), 0);
}

function configOf(key: string): SchedulerFile {
  const [sampler = '', prediction, spacing, rescale] = key.split('/');
  return parseSchedulerConfig({
    ...base,
    prediction_type: prediction,
    timestep_spacing: spacing,
    rescale_betas_zero_snr: rescale === 'True',
    set_alpha_to_one: samplers[sampler]?.setAlphaToOne,
  });
}

function scheduleOf(name: SchedulerName, file: SchedulerFile, steps: number, eta = 0): Schedule {
  return scheduleFor(name, file, { numInferenceSteps: steps, eta, firstStep: 0 });
}

const cases = [...reference.keys()]
  .filter((key) => key.endsWith('/timesteps'))
  .map((key) => key.slice(0, -'/timesteps'.length));

describe('samplers against diffusers', () => {
  it.each(cases)('%s', (key) => {
    const sampler = samplers[key.split('/')[0] ?? ''];
    if (sampler === undefined) throw new Error(key);
    const schedule = scheduleOf(sampler.name, configOf(key), Number(key.split('/')[4]), sampler.eta);
    const inputs = tensor(`${key}/inputs`);
    const originals = tensor(`${key}/originals`);
    const noise = reference.get(`${key}/noise`);
    expect(Float32Array.from(schedule.steps, (step) => step.timestep)).toEqual(tensor(`${key}/timesteps`));

    let i = 0;
    runSchedule(schedule, [...row(inputs, 0)], () => row(noise, i), {
      onStep: ({ latents, original }) => {
        expect(relativeDifference(original, row(originals, i))).toBeLessThan(tolerance);
        i += 1;
        expect(relativeDifference(latents, row(inputs, i))).toBeLessThan(tolerance);
      },
    });
    expect(i).toBe(schedule.steps.length);
  });

  it.each(cases)('starts from noise of the same size: %s', (key) => {
    const sampler = samplers[key.split('/')[0] ?? ''];
    if (sampler === undefined) throw new Error(key);
    const steps = key.split('/')[4] ?? '';
    const unit = key.replace(/^[^/]+\/[^/]+\/[^/]+\/[^/]+/, 'ddim/epsilon/leading/False');
    const { initialNoiseScale } = scheduleOf(sampler.name, configOf(key), Number(steps), sampler.eta);
    const expected = row(tensor(`${key}/inputs`), 0);
    expect(
      relativeDifference(
        [...row(tensor(`${unit}/inputs`), 0)].map((value) => value * initialNoiseScale),
        expected,
      ),
    ).toBeLessThan(1e-6);
  });

  it.each(Array.from({ length: 100 }, (_, i) => i + 1))('rounds the Karras timesteps of %i steps alike', (steps) => {
    const schedule = scheduleOf('dpmsolver++2m-karras', parseSchedulerConfig(base), steps);
    expect(Float32Array.from(schedule.steps, (step) => step.timestep)).toEqual(tensor(`karras-timesteps/${steps}`));
  });

  it.each(['scaled_linear', 'linear'] as const)('has the same ᾱ for %s betas', (schedule) => {
    for (const rescale of [false, true]) {
      const noise = { ...noiseDefaults, ...base, trained_betas: null };
      const config = { ...noise, beta_schedule: schedule, rescale_betas_zero_snr: rescale };
      const expected = tensor(`alphas_cumprod/${schedule}/${rescale ? 'True' : 'False'}`);
      const difference = alphasCumprod(config).reduce(
        (worst, value, t) => Math.max(worst, Math.abs(value - (expected[t] ?? 0))),
        0,
      );
      expect(difference).toBeLessThan(rescale ? 3e-7 : 1e-7);
    }
  });
});

describe('settings a sampler cannot take', () => {
  const config = parseSchedulerConfig(base);
  it.each([
    ['no step', 'ddim', 0, 0],
    ['half a step', 'euler', 1.5, 0],
    ['more steps than timesteps', 'ddim', 1001, 0],
    ['more steps than distilled', 'lcm', 51, 0],
    ['more steps than trained', 'dpmsolver++2m-karras', 1001, 0],
    ['η above 1', 'ddim', 10, 1.1],
    ['η that is no number', 'ddim', 10, Number.NaN],
  ] as const)('%s', (_, name, steps, eta) => {
    expect(() => scheduleOf(name, config, steps, eta)).toThrow(
      expect.objectContaining({ code: 'setting-out-of-range' }),
    );
  });
});

describe('what a scheduler cannot do of a file is refused by the field’s name and its value', () => {
  it.each([
    ['dpmsolver++2m', 'algorithm_type', 'dpmsolver', '"dpmsolver"'],
    ['dpmsolver++2m', 'algorithm_type', 'sde-dpmsolver', '"sde-dpmsolver"'],
    ['dpmsolver++2m', 'solver_type', 'euler', '"euler"'],
    ['dpmsolver++2m', 'solver_order', 3, '3'],
    ['dpmsolver++2m', 'use_flow_sigmas', true, 'true'],
    ['dpmsolver++2m', 'variance_type', 'learned', '"learned"'],
    ['dpmsolver++2m', 'variance_type', 'learned_range', '"learned_range"'],
    ['dpmsolver++2m', 'final_sigmas_type', 'other', '"other"'],
    ['euler', 'interpolation_type', 'cubic', '"cubic"'],
    ['euler-ancestral', 'prediction_type', 'sample', '"sample"'],
    ['lcm', 'original_inference_steps', 1001, '1001'],
    ['tcd', 'original_inference_steps', 2000, '2000'],
  ] as const)('%s: %s = %j', (name, field, value, written) => {
    const config = parseSchedulerConfig({ ...base, _class_name: schedulers[name].diffusersClass, [field]: value });
    expect(() => scheduleOf(name, config, 10, 0)).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringContaining(`${schedulers[name].label} cannot run this model`) as string,
      }),
    );
    expect(() => scheduleOf(name, config, 10, 0)).toThrow(`(${field}: ${written})`);
  });

  it.each([
    ['dpmsolver++2m', 'algorithm_type', 'sde-dpmsolver++'],
    ['dpmsolver++2m', 'solver_type', 'heun'],
    ['dpmsolver++2m', 'solver_type', 'bh1'],
    ['dpmsolver++2m', 'solver_type', 'bh2'],
    ['dpmsolver++2m', 'solver_type', 'logrho'],
    ['dpmsolver++2m', 'solver_order', 1],
    ['lcm', 'original_inference_steps', 1000],
  ] as const)('and what it can is not: %s, %s = %j', (name, field, value) => {
    const config = parseSchedulerConfig({ ...base, _class_name: schedulers[name].diffusersClass, [field]: value });
    expect(scheduleOf(name, config, 10, 0).steps).toHaveLength(10);
  });

  it.each([0, 1])('η may be %d', (eta) => {
    expect(scheduleOf('ddim', parseSchedulerConfig(base), 10, eta).steps).toHaveLength(10);
  });

  it('says the η that it refuses, and the number of steps', () => {
    expect(() => scheduleOf('ddim', parseSchedulerConfig(base), 10, -0.5)).toThrow(
      'η must lie between 0 and 1, not at -0.5.',
    );
    expect(() => scheduleOf('lcm', parseSchedulerConfig(base), 51, 0)).toThrow(
      'takes 1 to 50 steps with this checkpoint, not 51.',
    );
  });

  it('asks η of no scheduler that knows none', () => {
    expect(scheduleOf('euler', parseSchedulerConfig(base), 10, 7).steps).toHaveLength(10);
  });
});

it('takes every timestep where there are as many steps, without the offset', () => {
  const timesteps = scheduleOf('ddim', parseSchedulerConfig(base), 1000).steps.map(({ timestep }) => timestep);
  expect(timesteps).toEqual(Array.from({ length: 1000 }, (_, index) => 999 - index));
});

describe('parseSchedulerConfig', () => {
  it('names the file that a checkpoint lacks', () => {
    expect(() => parseSchedulerConfig(null)).toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message: expect.stringContaining('scheduler/scheduler_config.json') as string,
      }),
    );
  });

  it("reads SD 1.5's file", () => {
    const config = parseSchedulerConfig({
      _class_name: 'PNDMScheduler',
      _diffusers_version: '0.6.0',
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      beta_start: 0.00085,
      clip_sample: false,
      num_train_timesteps: 1000,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      trained_betas: null,
    });
    expect(config).toEqual({
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      beta_start: 0.00085,
      num_train_timesteps: 1000,
      set_alpha_to_one: false,
      steps_offset: 1,
      trained_betas: null,
    });
  });

  it.each([
    ['beta_schedule', 'sigmoid'],
    ['prediction_type', 'flow_prediction'],
    ['thresholding', 'yes'],
    ['timestep_spacing', 'other'],
    ['trained_betas', [0.1, 0.2]],
    ['num_train_timesteps', 1e9],
    ['num_train_timesteps', null],
    ['beta_start', Number.NaN],
    ['beta_end', Infinity],
    ['steps_offset', '1'],
  ])('refuses %s = %j by name', (field, value) => {
    expect(() => parseSchedulerConfig({ ...base, [field]: value })).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringMatching(new RegExp(`\\(${field} (is|has) `)) as string,
      }),
    );
  });

  it.each([
    ['num_train_timesteps', [2, 100_000], [1, 100_001, 2.5]],
    ['beta_start', [0, 1], [-0.1, 1.1]],
    ['dynamic_thresholding_ratio', [0, 1], [-0.1, 1.1]],
    ['sample_max_value', [0.1], [0, -1]],
    ['original_inference_steps', [1], [0, 1.5]],
    ['sigma_min', [0.1, null], [0, -1]],
    ['sigma_max', [0.1, null], [0, -1]],
    ['lambda_min_clipped', [-5.1, -Infinity], [Infinity, Number.NaN]],
  ])('takes %s at %j and refuses it at %j', (field, taken, refused) => {
    for (const value of taken) expect(parseSchedulerConfig({ [field]: value })).toMatchObject({ [field]: value });
    for (const value of refused) expect(() => parseSchedulerConfig({ [field]: value })).toThrow(`(${field} is `);
  });

  it('takes betas given one by one', () => {
    const trained_betas = Array.from({ length: 1000 }, () => 0.001);
    expect(alphasCumprod({ ...noiseDefaults, trained_betas })[999]).toBeCloseTo(0.999 ** 1000, 5);
  });

  it('are refused where a file clips all of them', () => {
    const clipped = { beta_schedule: 'squaredcos_cap_v2', lambda_min_clipped: 2 ** 31, timestep_spacing: 'trailing' };
    const options = { numInferenceSteps: 1, firstStep: 0, eta: 0 };
    expect(() => scheduleFor('dpmsolver++2m', parseSchedulerConfig(clipped), options)).toThrow(
      expect.objectContaining({ code: 'unsupported-config' }),
    );
  });

  it('are refused where the first σ is infinite, though the steps that are taken are finite', () => {
    const noise = { beta_start: 0.5, beta_end: 0.012, beta_schedule: 'scaled_linear' };
    const options = { numInferenceSteps: 34, firstStep: 28, eta: 0 };
    expect(() => scheduleFor('euler-ancestral', parseSchedulerConfig(noise), options)).toThrow(
      expect.objectContaining({ code: 'unsupported-config' }),
    );
  });

  it('refuses what is no object', () => {
    expect(() => parseSchedulerConfig('x')).toThrow(expect.objectContaining({ code: 'unsupported-config' }));
  });
});
