import { type DiffusersSchedulerClass, type SchedulerName, schedulers } from '../contract/schedulers.ts';
import { PinwordError } from '../errors.ts';
import { ddimSchedule } from './ddim.ts';
import { dpmSolverMultistepSchedule } from './dpmsolver-multistep.ts';
import { eulerAncestralSchedule } from './euler-ancestral.ts';
import { eulerSchedule } from './euler.ts';
import { lcmSchedule } from './lcm.ts';
import type { LinearCombination, Schedule, ScheduleOptions, SchedulerStep } from './scheduler.ts';
import { type SchedulerFile, UnsupportedByScheduler } from './scheduler-config.ts';
import { tcdSchedule } from './tcd.ts';

const schedules: Readonly<
  Record<DiffusersSchedulerClass, (file: SchedulerFile, options: ScheduleOptions) => Schedule>
> = {
  DDIMScheduler: ddimSchedule,
  DPMSolverMultistepScheduler: dpmSolverMultistepSchedule,
  EulerDiscreteScheduler: eulerSchedule,
  EulerAncestralDiscreteScheduler: eulerAncestralSchedule,
  LCMScheduler: lcmSchedule,
  TCDScheduler: tcdSchedule,
};

/**
 * The schedule of a named scheduler on a checkpoint's noise.
 * @throws PinwordError 'setting-out-of-range' when the scheduler cannot take that many steps, or η; 'unsupported-config'
 *   where the checkpoint asks for what this scheduler cannot do
 */
export function scheduleFor(name: SchedulerName, file: SchedulerFile, options: ScheduleOptions): Schedule {
  const { etaKey, label, diffusersClass, ...row } = schedulers[name];
  if (etaKey !== null && !(options.eta >= 0 && options.eta <= 1))
    throw new PinwordError('setting-out-of-range', `η must lie between 0 and 1, not at ${options.eta}.`);
  try {
    const schedule = schedules[diffusersClass]('fixed' in row ? { ...file, ...row.fixed } : file, options);
    requireAll(schedule, label, options);
    for (const step of schedule.steps) requireFinite(numbersOf(step), `at timestep ${step.timestep}`, label, options);
    requireFinite([schedule.initialNoiseScale], 'the scale of the first noise', label, options);
    return schedule;
  } catch (error) {
    if (!(error instanceof UnsupportedByScheduler)) throw error;
    throw new PinwordError(
      'unsupported-config',
      `${label} cannot run this model as its scheduler_config.json asks (${error.message}). Choose another scheduler.`,
      { cause: error },
    );
  }
}

/** A file may clip its noise so far that nothing is left to walk through. */
function requireAll({ steps }: Schedule, label: string, { numInferenceSteps, firstStep }: ScheduleOptions): void {
  if (steps.length === numInferenceSteps - firstStep) return;
  throw new PinwordError(
    'unsupported-config',
    `${label} finds ${steps.length} of ${numInferenceSteps} steps in what this model's scheduler_config.json says of its noise. Choose another scheduler.`,
  );
}

/** A coefficient that is no number would give a black picture. @param place where they stand, for the message */
function requireFinite(
  numbers: readonly number[],
  place: string,
  label: string,
  { numInferenceSteps }: ScheduleOptions,
): void {
  if (numbers.every(Number.isFinite)) return;
  throw new PinwordError(
    'unsupported-config',
    `${label} with ${numInferenceSteps} steps has coefficients that are not finite (${place}), because of what this model's scheduler_config.json says of its noise. Choose another scheduler or another number of steps.`,
  );
}

function numbersOf({ timestep, next, original, thresholding }: SchedulerStep): readonly number[] {
  return [timestep, ...coefficientsOf(next), ...coefficientsOf(original), thresholding?.originalShare ?? 0];
}

function coefficientsOf({ model, latents, history, noise }: LinearCombination): readonly number[] {
  return [model, latents, history, noise];
}
