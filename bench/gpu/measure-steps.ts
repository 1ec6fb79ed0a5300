import type { Precision } from '../../workers/contract/memory.ts';
import type { DenoiserMode } from '../../workers/pipeline/denoising/denoiser-sessions.ts';
import type { Backend } from '../../workers/runtime/sessions.ts';
import { drawnUNet } from '../../workers/testing/gpu/drawn-unet.ts';
import { commandsBetween, countGpuCommands } from '../../workers/testing/gpu/gpu-commands.ts';
import { stepper } from '../../workers/testing/gpu/stepper.ts';
import { decibels, median, spread } from '../rounds.ts';

const rounds = 3;

/** What is measured, and on what. */
export interface StepOptions {
  /** The file of names and shapes. */
  readonly shapes: string;
  /** By how much fewer channels the network has. */
  readonly narrowing: number;
  /** Of the latents. */
  readonly edge: number;
  readonly steps: number;
}

export interface Row {
  readonly name: string;
  readonly branches: number;
  /** Milliseconds a step: median over rounds of so many steps. */
  readonly wall: number;
  readonly spread: number;
  /** Of the host, all threads. */
  readonly cpu: number;
  readonly dispatches: number;
  readonly clears: number;
}

interface Setup {
  readonly name: string;
  readonly mode: DenoiserMode;
  readonly reuseInterval: number;
}

const together = { branches: 'together', keeps: false, reuses: false, captures: false, looks: false } as const;
export const setups = {
  plain: { name: 'plain', mode: together, reuseInterval: 1 },
  captured: { name: 'captured', mode: { ...together, captures: true }, reuseInterval: 1 },
  deepCache: { name: 'one full step in 3', mode: { ...together, reuses: true }, reuseInterval: 3 },
} as const satisfies Readonly<Record<string, Setup>>;

export interface Measured {
  readonly openMs: number;
  readonly firstStepMs: number;
  readonly rows: readonly Row[];
  readonly latents: Float32Array;
}

export async function measureSteps(
  backend: Backend,
  precision: Precision,
  { name, mode, reuseInterval }: Setup,
  { shapes, narrowing, edge, steps }: StepOptions,
): Promise<Measured> {
  const unet = await drawnUNet({ narrowing, precision, shapes });
  const opening = performance.now();
  const step = await stepper(backend, unet, { height: edge, width: edge }, mode);
  const openMs = performance.now() - opening;
  const first = performance.now();
  let latents = await step.run(3, 1);
  const firstStepMs = performance.now() - first;
  const rows: Row[] = [];
  for (const branches of [3, 2, 1] as const) {
    latents = await step.run(branches, steps, reuseInterval);
    const [walls, cpus]: [number[], number[]] = [[], []];
    const before = countGpuCommands();
    for (let round = 0; round < rounds; round++) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      await step.run(branches, steps, reuseInterval);
      walls.push((performance.now() - start) / steps);
      const { user, system } = process.cpuUsage(cpu);
      cpus.push((user + system) / 1000 / steps);
    }
    const { dispatches, clears } = commandsBetween(before, countGpuCommands(), 1 / (rounds * steps));
    rows.push({ name, branches, wall: median(walls), spread: spread(walls), cpu: median(cpus), dispatches, clears });
  }
  await step.release();
  return { openMs, firstStepMs, rows, latents };
}

/** Latents of one step in 16 bits against those in 32, over weights drawn alike, in dB. */
export async function halfAgainstFull(on: Backend, { shapes, narrowing, edge }: StepOptions): Promise<number> {
  const latents: Float32Array[] = [];
  for (const precision of ['f32', 'f16'] as const) {
    const unet = await drawnUNet({ narrowing, precision, shapes });
    const step = await stepper(on, unet, { height: edge, width: edge });
    latents.push(await step.run(3, 1));
    await step.release();
  }
  const [full = new Float32Array(), half = new Float32Array()] = latents;
  return decibels(full, half);
}
