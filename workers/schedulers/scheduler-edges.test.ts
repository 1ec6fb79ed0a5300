/** Rules of diffusers' schedulers at the places where they turn. */
import { describe, expect, it } from 'vitest';

import type { SchedulerName } from '../contract/schedulers.ts';
import { trainingSigmas } from './noise-schedule.ts';
import { scheduleFor } from './schedule-for.ts';
import type { SchedulerStep } from './scheduler.ts';
import { noiseDefaults, parseSchedulerConfig } from './scheduler-config.ts';
import { logSigmas, timestepOfSigma } from './sigmas.ts';

const base = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
} as const;

function stepsOf(name: SchedulerName, file: object, numInferenceSteps: number): readonly SchedulerStep[] {
  const config = parseSchedulerConfig({ ...base, ...file });
  return scheduleFor(name, config, { numInferenceSteps, eta: 0, firstStep: 0 }).steps;
}

describe('DPM-Solver++', () => {
  const toSmallest = { final_sigmas_type: 'sigma_min' };

  it('ends in first order under 15 steps, and in second from there', () => {
    expect(stepsOf('dpmsolver++2m', toSmallest, 14).at(-1)?.next.history).toBe(0);
    expect(stepsOf('dpmsolver++2m', toSmallest, 15).at(-1)?.next.history).not.toBe(0);
  });

  it('reads the name of DEIS as its own where σ does not end at zero, and refuses it where it does', () => {
    const deis = { algorithm_type: 'deis', solver_type: 'logrho' };
    expect(stepsOf('dpmsolver++2m', { ...deis, ...toSmallest }, 20)).toEqual(stepsOf('dpmsolver++2m', toSmallest, 20));
    expect(() => stepsOf('dpmsolver++2m', deis, 20)).toThrow('(algorithm_type: "deis")');
  });

  it('keeps a timestep whose λ is just as low as it may be', () => {
    const logs = logSigmas(trainingSigmas({ ...noiseDefaults, ...base }));
    const clipped = { lambda_min_clipped: -(logs[500] ?? 0), timestep_spacing: 'linspace' };
    expect(stepsOf('dpmsolver++2m', clipped, 10)[0]?.timestep).toBe(500);
  });
});

/** c_skip of Luo et al. 2023 is 0.25 / ((10·t)² + 0.25): at t = 1 it is no longer nothing. */
it('LCM keeps some of x_t at the last timesteps, by a timestep scaling of 10', () => {
  const steps = stepsOf('lcm', { original_inference_steps: 1000, prediction_type: 'sample' }, 1000);
  const last = steps.find(({ timestep }) => timestep === 1);
  expect(last?.next.latents).toBeCloseTo((Math.sqrt(1 - 0.00085) * 0.25) / 100.25, 8);
});

it('LCM walks in whole strides where its steps do not divide the timesteps', () => {
  // 1000 // 300 = 3, and 300 · 3 − 1 = 899.
  const timesteps = stepsOf('lcm', { original_inference_steps: 300 }, 4).map(({ timestep }) => timestep);
  expect(timesteps).toEqual([899, 674, 449, 224]);
});

it('two ways of spreading σ at once are refused by the name of the second', () => {
  const file = { use_exponential_sigmas: true, use_beta_sigmas: true };
  expect(() => stepsOf('euler', file, 10)).toThrow('(use_beta_sigmas: true)');
});

it.each([
  [-3, 0],
  [-2, 0],
  [-1.5, 0.5],
  [-1, 1],
  [-0.25, 1.75],
  [0, 2],
  [0.5, 2],
])('the timestep whose log σ is %d, among −2, −1 and 0, is %d', (log, timestep) => {
  expect(timestepOfSigma(Float32Array.of(-2, -1, 0), Math.exp(log))).toBeCloseTo(timestep, 12);
});

it('thresholding alone is by diffusers’ ratio, and to at most 1', () => {
  const [step] = stepsOf('ddim', { thresholding: true, set_alpha_to_one: true }, 1);
  expect(step?.thresholding).toEqual({ ratio: 0.995, maxValue: 1, originalShare: 1 });
});

it('noise is drawn only for steps that use it', () => {
  const drawn = (name: SchedulerName): boolean[] => stepsOf(name, {}, 3).map(({ usesNoise }) => usesNoise);
  expect(drawn('ddim')).toEqual([false, false, false]);
  expect(drawn('euler-ancestral')).toEqual([true, true, false]);
  expect(drawn('lcm')).toEqual([true, true, false]);
});
