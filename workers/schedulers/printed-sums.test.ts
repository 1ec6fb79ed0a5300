/** The sums that diffusers' own scheduler tests (tests/schedulers/test_scheduler_*.py) expect of its classes. */
import { describe, expect, it } from 'vitest';
import type { SchedulerName } from '../contract/schedulers.ts';
import { TorchGenerator } from '../pipeline/denoising/noise.ts';
import { runSchedule } from '../testing/run-schedule.ts';
import { scheduleFor } from './schedule-for.ts';
import type { Schedule } from './scheduler.ts';
import type { SchedulerFile } from './scheduler-config.ts';

/** Their tests fill a batch of 4 × 3 × 8 × 8 numbers along the batch first. */
const batch = 4;
const perItem = 3 * 8 * 8;
const count = batch * perItem;

/** Number i of the batch, in memory order. */
const ramp = Array.from({ length: count }, (_, i) => ((i % perItem) * batch + Math.floor(i / perItem)) / count);
const reversedRamp = ramp.map((value) => (count - 1) / count - value);

const network = (latents: readonly number[], timestep: number): readonly number[] =>
  latents.map((value) => (value * timestep) / (timestep + 1));

/** Their tests of Euler give `step` the scaled latents, as if they were those of σ's own scale. */
function withScaledLatents(schedule: Schedule): Schedule {
  return {
    ...schedule,
    steps: schedule.steps.map(({ next, original, ...step }) => ({
      ...step,
      next: { ...next, latents: next.latents * step.alpha },
      original: { ...original, latents: original.latents * step.alpha },
    })),
  };
}

interface Case {
  readonly name: SchedulerName;
  readonly file: SchedulerFile;
  readonly steps?: number;
  readonly sum: number;
  /** Of the sum; theirs. */
  readonly tolerance?: number;
}

function scheduleOf({ name, file, steps = 10 }: Case, firstStep: number): Schedule {
  const schedule = scheduleFor(name, file, { numInferenceSteps: steps, eta: 0, firstStep });
  return name.startsWith('euler') ? withScaledLatents(schedule) : schedule;
}

function expectSum(latents: readonly number[], { sum, tolerance = 1e-2 }: Case): void {
  const total = latents.reduce((all, value) => all + Math.abs(value), 0);
  expect(Math.abs(total - sum)).toBeLessThan(tolerance);
}

const linear: SchedulerFile = { beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear', steps_offset: 0 };
const ofEuler: SchedulerFile = { ...linear, num_train_timesteps: 1100 };
const ofDpm: SchedulerFile = { ...linear, lower_order_final: false, final_sigmas_type: 'sigma_min' };
/** Of a mean that is printed with four digits. */
const ofMean = 1e-3 * count;

const cases: Readonly<Record<string, Case>> = {
  DDIM: { name: 'ddim', file: linear, sum: 172.0067 },
  'DDIM, v': { name: 'ddim', file: { ...linear, prediction_type: 'v_prediction' }, sum: 52.5302 },
  'DDIM, ᾱ to 1': { name: 'ddim', file: { ...linear, beta_start: 0.01, set_alpha_to_one: true }, sum: 149.8295 },
  'DDIM, ᾱ to ᾱ_0': { name: 'ddim', file: { ...linear, beta_start: 0.01, set_alpha_to_one: false }, sum: 149.0784 },
  Euler: { name: 'euler', file: ofEuler, sum: 10.0807 },
  'Euler, v': { name: 'euler', file: { ...ofEuler, prediction_type: 'v_prediction' }, sum: 0.0002 },
  'Euler, Karras': { name: 'euler', file: { ...ofEuler, use_karras_sigmas: true }, sum: 124.52299 },
  'Euler a': { name: 'euler-ancestral', file: ofEuler, sum: 152.3192 },
  'Euler a, v': { name: 'euler-ancestral', file: { ...ofEuler, prediction_type: 'v_prediction' }, sum: 108.4439 },
  'LCM, one step': { name: 'lcm', file: {}, steps: 1, sum: 18.7097 },
  LCM: { name: 'lcm', file: {}, sum: 197.7616 },
  'TCD, one step': { name: 'tcd', file: {}, steps: 1, sum: 29.8715, tolerance: 1e-3 },
  TCD: { name: 'tcd', file: {}, sum: 181.204, tolerance: 1e-3 },
  'DPM++ 2M': { name: 'dpmsolver++2m', file: ofDpm, sum: 0.3301 * count, tolerance: ofMean },
  'DPM++ 2M, v': {
    name: 'dpmsolver++2m',
    file: { ...ofDpm, prediction_type: 'v_prediction' },
    sum: 0.2251 * count,
    tolerance: ofMean,
  },
};

describe('the sums that diffusers prints', () => {
  it.each(Object.entries(cases))('%s', (_, expected) => {
    const schedule = scheduleOf(expected, 0);
    const generator = new TorchGenerator(0);
    const initial = ramp.map((value) => value * schedule.initialNoiseScale);
    expectSum(
      runSchedule(schedule, initial, (size) => generator.randn(size), { network }),
      expected,
    );
  });

  it('DPM++ 2M with thresholding, each picture of the batch by itself', () => {
    const file = { ...ofDpm, thresholding: true, dynamic_thresholding_ratio: 0.87, sample_max_value: 0.5 };
    const expected: Case = { name: 'dpmsolver++2m', file, sum: 1.1364 * count, tolerance: ofMean };
    const items = Array.from({ length: batch }, (_, i) => ramp.slice(i * perItem, (i + 1) * perItem));
    expectSum(
      items.flatMap((item) => runSchedule(scheduleOf(expected, 0), item, () => [], { network })),
      expected,
    );
  });

  it.each<[string, Case]>([
    ['DDIM', { name: 'ddim', file: linear, sum: 354.5418 }],
    ['Euler', { name: 'euler', file: ofEuler, sum: 57062.9297, tolerance: 0.1 }],
    ['Euler a', { name: 'euler-ancestral', file: ofEuler, sum: 56163.0508, tolerance: 0.1 }],
  ])('%s from a picture, at the ninth of ten steps', (_, expected) => {
    const schedule = scheduleOf(expected, 8);
    const [whole] = scheduleOf(expected, 0).steps;
    const size = expected.name === 'ddim' ? 1 : (whole?.sigma ?? 0) / (whole?.alpha ?? 1);
    const { alpha = 0, sigma = 0 } = schedule.steps[0] ?? {};
    const initial = ramp.map((value, i) => alpha * value * size + sigma * (reversedRamp[i] ?? 0));
    const generator = new TorchGenerator(0);
    expectSum(
      runSchedule(schedule, initial, (length) => generator.randn(length), { network }),
      expected,
    );
  });
});
