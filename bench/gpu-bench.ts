/**
 * What a step of Stable Diffusion 1.5's UNet costs on the graphics processor of this machine, on weights that are drawn
 * here. It runs out of the archive that pack.ts makes, on a machine that has nothing but a driver.
 *
 * ./run.sh [--narrowing 1] [--edge 64] [--steps 5] [--matmul 2048] [--shapes sd15-unet.json] [--json result.json]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Precision } from '../workers/contract/memory.ts';
import { LimitedGpu } from '../workers/testing/gpu/limited-gpu.ts';
import { nodeBackend } from '../workers/testing/gpu/node-backend.ts';
import { expectedKernels, missingKernels } from './gpu/fast-kernels.ts';
import { KernelLog } from './gpu/kernel-times.ts';
import { matMulRate } from './gpu/matmul-rate.ts';
import { halfAgainstFull, measureSteps, setups, type Measured } from './gpu/measure-steps.ts';
import { printResult, type GpuResult } from './gpu/print-result.ts';
import { profileStep } from './gpu/profile-step.ts';
import { torchStep } from './gpu/torch-step.ts';
import { decibels } from './rounds.ts';

const { values } = parseArgs({
  options: {
    narrowing: { type: 'string' },
    edge: { type: 'string' },
    steps: { type: 'string' },
    matmul: { type: 'string' },
    shapes: { type: 'string' },
    json: { type: 'string' },
  },
});
const options = {
  shapes: values.shapes ?? join(import.meta.dirname, 'sd15-unet.json'),
  narrowing: Number(values.narrowing ?? 1),
  edge: Number(values.edge ?? 64),
  steps: Number(values.steps ?? 5),
};
const matMulEdge = Number(values.matmul ?? 2048);
/** The weights of the real width in 32 bits are more than the runtime's memory holds: a narrower network is compared. */
const compared = { ...options, narrowing: Math.max(options.narrowing, 5) };

/** Before the runtime is loaded, whose output it reads. */
const log = new KernelLog();
const backend = await nodeBackend('webgpu');
const { gpu } = backend;
if (gpu === null) throw new Error('There is no graphics processor.');
const memory = new LimitedGpu(gpu.device);
const precision: Precision = gpu.shaderF16 ? 'f16' : 'f32';
console.log(`${gpu.adapterName}; features: ${[...gpu.device.features].join(', ')}`);

/** What failed, as it is told. */
const failures: string[] = [];

/** The rest goes on where one measurement fails. */
async function attempt<T>(what: string, measure: () => Promise<T>): Promise<T | null> {
  try {
    return await measure();
  } catch (error) {
    failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

const measured: Partial<Record<keyof typeof setups, Measured | null>> = {};
for (const key of Object.keys(setups) as (keyof typeof setups)[])
  measured[key] = await attempt(setups[key].name, () => measureSteps(backend, precision, setups[key], options));
const peakBytes = memory.peak;
const { plain, captured } = measured;
const profile = await attempt('kernels', () => profileStep(backend, log, precision, options));
const missing = profile === null ? [] : missingKernels(expectedKernels(gpu), profile.names);
for (const { what, kernel } of missing) failures.push(`${what}: ${kernel} is not taken, though the adapter has it`);
const result: GpuResult = {
  adapter: gpu.adapterName,
  features: [...gpu.device.features],
  precision,
  narrowing: options.narrowing,
  edge: options.edge,
  steps: options.steps,
  openMs: plain?.openMs ?? null,
  firstStepMs: plain?.firstStepMs ?? null,
  peakBytes,
  capturedEqualsPlain: plain && captured ? decibels(plain.latents, captured.latents) === Infinity : null,
  half: gpu.shaderF16
    ? {
        narrowing: compared.narrowing,
        decibels: await attempt('16 against 32 bits', () => halfAgainstFull(backend, compared)),
      }
    : null,
  matMul: {
    edge: matMulEdge,
    f32: await attempt('products in 32 bits', () => matMulRate(backend, 'float32', matMulEdge)),
    f16: gpu.shaderF16 ? await attempt('products in 16 bits', () => matMulRate(backend, 'float16', matMulEdge)) : null,
  },
  fastKernels: expectedKernels(gpu).map(({ kernel }) => ({
    kernel,
    isTaken: profile === null ? null : !missing.some((each) => each.kernel === kernel),
  })),
  kernels: profile?.kernels ?? null,
  rows: Object.values(measured).flatMap((each) => each?.rows ?? []),
  torch: torchStep(join(import.meta.dirname, 'torch_step.py'), options),
  failures,
};
printResult(result);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 1)}\n`);
process.exit(failures.length === 0 ? 0 : 1);
