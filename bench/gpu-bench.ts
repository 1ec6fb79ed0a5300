/**
 * What a step of Stable Diffusion 1.5's UNet costs on the graphics processor of this machine, on weights that are drawn
 * here. It runs out of the archive that pack.ts makes, on a machine that has nothing but a driver.
 *
 * ./run.sh [--narrowing 1] [--edge 64] [--steps 5] [--json result.json]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { printTable } from '../e2e/table.ts';
import type { Precision } from '../workers/contract/memory.ts';
import type { DenoiserMode } from '../workers/pipeline/denoising/denoiser-sessions.ts';
import type { Backend } from '../workers/runtime/sessions.ts';
import { drawnUNet } from '../workers/testing/drawn-unet.ts';
import { commandsBetween, countGpuCommands } from '../workers/testing/gpu-commands.ts';
import { LimitedGpu } from '../workers/testing/limited-gpu.ts';
import { nodeBackend } from '../workers/testing/node-backend.ts';
import { stepper } from '../workers/testing/stepper.ts';
import { decibels, median, spread } from './rounds.ts';

const { values } = parseArgs({
  options: {
    narrowing: { type: 'string' },
    edge: { type: 'string' },
    steps: { type: 'string' },
    json: { type: 'string' },
  },
});
const narrowing = Number(values.narrowing ?? 1);
const edge = Number(values.edge ?? 64);
const steps = Number(values.steps ?? 5);
const shapes = join(import.meta.dirname, 'sd15-unet.json');
const rounds = 3;

interface Row {
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
const setups: readonly Setup[] = [
  { name: 'plain', mode: together, reuseInterval: 1 },
  { name: 'captured', mode: { ...together, captures: true }, reuseInterval: 1 },
  { name: 'one full step in 3', mode: { ...together, reuses: true }, reuseInterval: 3 },
];

interface Measured {
  readonly openMs: number;
  readonly firstStepMs: number;
  readonly rows: readonly Row[];
  readonly latents: Float32Array;
}

async function measure(
  backend: Backend,
  precision: Precision,
  { name, mode, reuseInterval }: Setup,
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

const backend = await nodeBackend('webgpu');
const { gpu } = backend;
if (gpu === null) throw new Error('There is no graphics processor.');
const memory = new LimitedGpu(gpu.device);
const precision: Precision = gpu.shaderF16 ? 'f16' : 'f32';
console.log(`${gpu.adapterName}; features: ${[...gpu.device.features].join(', ')}`);
const all: (Measured & { readonly setup: string })[] = [];
for (const setup of setups) {
  try {
    all.push({ setup: setup.name, ...(await measure(backend, precision, setup)) });
  } catch (error) {
    console.log(`${setup.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const plain = all.find(({ setup }) => setup === 'plain');
const captured = all.find(({ setup }) => setup === 'captured');
/** The weights of the real width in 32 bits are more than the runtime's memory holds: a narrower network is compared. */
const comparedNarrowing = Math.max(narrowing, 5);
const result = {
  adapter: gpu.adapterName,
  features: [...gpu.device.features],
  precision,
  narrowing,
  edge,
  steps,
  openMs: plain?.openMs ?? null,
  firstStepMs: plain?.firstStepMs ?? null,
  peakBytes: memory.peak,
  capturedEqualsPlain:
    plain !== undefined && captured !== undefined && decibels(plain.latents, captured.latents) === Infinity,
  halfPrecisionDecibels: gpu.shaderF16 ? await halfAgainstFull(backend) : null,
  rows: all.flatMap(({ rows }) => rows),
};
console.log(
  `UNet of Stable Diffusion 1.5${narrowing === 1 ? '' : ` with a ${narrowing}th of its channels`}, ${edge * 8}² pixels, ${precision}; opened in ${((result.openMs ?? NaN) / 1000).toFixed(1)} s, first step ${((result.firstStepMs ?? NaN) / 1000).toFixed(1)} s, at most ${(memory.peak / 1e9).toFixed(2)} GB; captured equals plain bit for bit: ${result.capturedEqualsPlain ? 'yes' : 'no'}; 16 against 32 bits at a ${comparedNarrowing}th of the channels: ${result.halfPrecisionDecibels?.toFixed(0) ?? '–'} dB`,
);
printTable(
  ['', 'branches', 'ms a step', 'spread', 'CPU ms a step', 'dispatches', 'clears'],
  result.rows.map((row) => [
    row.name,
    String(row.branches),
    row.wall.toFixed(1),
    `${(100 * row.spread).toFixed(0)} %`,
    row.cpu.toFixed(1),
    row.dispatches.toFixed(0),
    row.clears.toFixed(0),
  ]),
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 1)}\n`);
process.exit(all.length === setups.length ? 0 : 1);

/** Latents of one step in 16 bits against those in 32, over weights drawn alike. */
async function halfAgainstFull(on: Backend): Promise<number> {
  const latents: Float32Array[] = [];
  for (const bits of ['f32', 'f16'] as const) {
    const unet = await drawnUNet({ narrowing: comparedNarrowing, precision: bits, shapes });
    const step = await stepper(on, unet, { height: edge, width: edge });
    latents.push(await step.run(3, 1));
    await step.release();
  }
  const [full = new Float32Array(), half = new Float32Array()] = latents;
  return decibels(full, half);
}
