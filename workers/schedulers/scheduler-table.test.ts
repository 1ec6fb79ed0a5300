import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { parseJsonText } from '../checkpoint/json/json-file.ts';
import { schedulerNames } from '../contract/schedulers.ts';
import { PinwordError } from '../errors.ts';
import { TorchGenerator } from '../pipeline/denoising/noise.ts';
import { runSchedule } from '../testing/run-schedule.ts';
import { scheduleFor } from './schedule-for.ts';
import type { Schedule } from './scheduler.ts';
import { parseSchedulerConfig } from './scheduler-config.ts';

/** What scheduler_table.py wrote: results of diffusers, each with all runs that gave it. */
const tableSchema = z.object({
  files: z.record(z.string(), z.unknown()),
  results: z.array(
    z.object({
      runs: z.array(z.tuple([z.enum(schedulerNames), z.string(), z.number(), z.number(), z.number()])),
      error: z.string().optional(),
      timesteps: z.array(z.number()).default([]),
      latents: z.array(z.number()).default([]),
    }),
  ),
});
const path = new URL('../reference/data/formats/scheduler-table.json', import.meta.url);
const { files, results } = tableSchema.parse(parseJsonText(await readFile(path, 'utf8')));

const picture = [0.5, -0.3, 0.8, 0.1];

/** Infinite in diffusers, where float32 loses σ_down² = σ'² − σ_up² to a negative number. */
const finiteHere = new Set(['euler-ancestral/cosine', 'euler-ancestral/cosine, clipped']);

/** Refused here by name though diffusers runs them: what the update has no room for. */
const refusedHere = new Set(['third order', 'DPM-Solver', 'flow', 'learned variance']);

type Result = (typeof results)[number];
type Run = Result['runs'][number];

function scheduleOf([name, title, numInferenceSteps, eta, firstStep]: Run): Schedule | PinwordError {
  try {
    return scheduleFor(name, parseSchedulerConfig(files[title]), { numInferenceSteps, eta, firstStep });
  } catch (error) {
    if (error instanceof PinwordError) return error;
    throw error;
  }
}

/** Where a timestep is looked up by its σ it is fractional, and hangs on the last digit of a logarithm in float32. */
function equalTimestep(timestep: number): unknown {
  return Number.isInteger(timestep) ? timestep : (expect.closeTo(timestep, 2) as unknown);
}

function expectSame(schedule: Schedule, [, , numInferenceSteps, , firstStep]: Run, expected: Result): void {
  expect(schedule.steps.map(({ timestep }) => timestep)).toEqual(expected.timesteps.map(equalTimestep));
  const generator = new TorchGenerator(numInferenceSteps);
  const noise = generator.randn(picture.length);
  const { alpha = 0, sigma = 0 } = schedule.steps[0] ?? {};
  const initial = picture.map((value, i) =>
    firstStep > 0 ? alpha * value + sigma * (noise[i] ?? 0) : schedule.initialNoiseScale * (noise[i] ?? 0),
  );
  const latents = runSchedule(schedule, initial, (count) => generator.randn(count));
  const scale = Math.max(1, ...expected.latents.map(Math.abs));
  const worst = Math.max(...latents.map((value, i) => Math.abs(value - (expected.latents[i] ?? Number.NaN)) / scale));
  expect(worst).toBeLessThan(1e-4);
}

function check(run: Run, result: Result): void {
  const [name, title, steps] = run;
  const made = scheduleOf(run);
  if (made instanceof PinwordError) {
    expect([title, made.code]).toEqual([
      title,
      steps > mostSteps(title) ? 'setting-out-of-range' : 'unsupported-config',
    ]);
    if (result.error === undefined) expect(refusedHere).toContain(title);
  } else if (result.error === undefined) expectSame(made, run, result);
  else expect(finiteHere).toContain(`${name}/${title}`);
}

/** Of the file that was distilled on few. */
function mostSteps(title: string): number {
  return title === 'betas one by one' ? 20 : Infinity;
}

const byNameAndTitle = new Map<string, (readonly [Run, Result])[]>();
for (const result of results) {
  for (const run of result.runs) {
    const key = `${run[0]} on ${run[1]}`;
    byNameAndTitle.set(key, [...(byNameAndTitle.get(key) ?? []), [run, result]]);
  }
}

describe('as diffusers runs it, or refused by name', () => {
  it.each([...byNameAndTitle])('%s', (_, runs) => {
    for (const [run, result] of runs) check(run, result);
  });
});
