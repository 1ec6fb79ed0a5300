/**
 * Times one denoising step with three branches: ours against the plain way (plain-denoiser.ts), on the same weights,
 * provider and machine, and counts the dispatches of each.
 *
 * npx tsx bench/step.ts [--model folder] [--steps 10] [--provider webgpu|wasm]
 */
import { parseArgs } from 'node:util';

import type { Tensor } from 'onnxruntime-web';

import type { Denoiser } from '../workers/pipeline/denoising/denoiser.ts';
import { DenoiserSessions } from '../workers/pipeline/denoising/denoiser-sessions.ts';
import { guidanceBranches, stepCoefficients } from '../workers/pipeline/denoising/guidance.ts';
import { TorchGenerator } from '../workers/pipeline/denoising/noise.ts';
import { stableDiffusionPreview } from '../workers/pipeline/denoising/preview-matrix.ts';
import {
  timeEmbeddings as joinTimeEmbeddings,
  timestepSinusoid,
} from '../workers/pipeline/denoising/timestep-embedding.ts';
import type { UNetConfig } from '../workers/graph/config/unet-config.ts';
import type { Backend } from '../workers/runtime/sessions.ts';
import { floatTensor } from '../workers/runtime/tensors.ts';
import { ddimSchedule } from '../workers/schedulers/ddim.ts';
import type { Schedule } from '../workers/schedulers/scheduler.ts';
import { parseSchedulerConfig } from '../workers/schedulers/scheduler-config.ts';
import { hasWebGpu, nodeBackend } from '../workers/testing/gpu/node-backend.ts';
import { countGpuCommands } from '../workers/testing/gpu/gpu-commands.ts';
import { folderUNet } from './folder-unet.ts';
import { PlainDenoiser } from './plain-denoiser.ts';
import { printTable } from '../e2e/support/table.ts';
import { restartWithDriver } from '../provision/restart.ts';
import type { LoadedPart } from '../workers/pipeline/modules/loaded-part.ts';
import type { LatentSize } from '../workers/pipeline/modules/latent-size.ts';
import { TextSource } from '../workers/pipeline/modules/text-source.ts';

const order = ['unified', 'text', 'unconditional'] as const;
const guidance = { alpha: 0.5, guidanceScale: 7.5 };
const branches = guidanceBranches(guidance, new Set(order));
const moment = { branches: order, guidance, strengths: { look: [], detail: [] }, step: 0, steps: 1 };

interface Setting {
  readonly backend: Backend;
  readonly unet: LoadedPart<UNetConfig>;
  readonly size: LatentSize;
  readonly schedule: Schedule;
  /** [3,S,D], random: what they say does not change what they cost. */
  readonly hiddenStates: Tensor;
}

interface Measured {
  readonly milliseconds: number;
  readonly dispatches: number;
  readonly latents: Float32Array;
}

async function prepare(folder: string, provider: 'webgpu' | 'wasm', steps: number): Promise<Setting> {
  const backend = await nodeBackend(provider);
  const { checkpoint, found, unet, size } = await folderUNet(folder);
  const { cross_attention_dim: dims } = found.unet.config;
  const dimension = dims[0] ?? 768;
  const schedule = ddimSchedule(parseSchedulerConfig(await checkpoint.json('scheduler/scheduler_config.json')), {
    numInferenceSteps: steps,
    eta: 0,
    firstStep: 0,
  });
  const { max_position_embeddings: tokens } = found.textEncoder.config;
  const shape = [order.length, tokens, dimension];
  const hiddenStates = floatTensor(backend, new TorchGenerator(1).randn(order.length * tokens * dimension), shape);
  return { backend, unet, size, schedule, hiddenStates };
}

function embeddings({ unet, schedule }: Setting): Float32Array<ArrayBuffer>[] {
  const { block_out_channels: channels, flip_sin_to_cos: flipSinToCos, freq_shift: frequencyShift } = unet.config;
  return schedule.steps.map(({ timestep }) =>
    timestepSinusoid(timestep, channels[0] ?? 0, { flipSinToCos, frequencyShift }),
  );
}

const startNoise = ({ size, unet }: Setting): Float32Array<ArrayBuffer> =>
  new TorchGenerator(7).randn(unet.config.in_channels * size.height * size.width);

async function runOurs(
  setting: Setting,
  denoiser: Denoiser,
  timeEmbeddings: readonly Float32Array<ArrayBuffer>[],
): Promise<Float32Array> {
  const text = new TextSource(setting.backend, setting.hiddenStates, order);
  await denoiser.condition({ branches: new Set(order), sources: [text], wordMaps: null, references: [] }, order);
  denoiser.begin({ latents: startNoise(setting), history: null, wordMaps: null });
  const times = { embeddings: joinTimeEmbeddings(timeEmbeddings), cond: null };
  for (const [timeIndex, step] of setting.schedule.steps.entries()) {
    const coefficients = stepCoefficients(branches, step);
    const constant = { noise: null, moment, noiseLevel: step, reuseInterval: 1 };
    await (
      await denoiser.step({ ...constant, times, timeIndex, coefficients })
    ).preview;
  }
  return (await denoiser.read()).latents;
}

async function runPlain(
  setting: Setting,
  denoiser: PlainDenoiser,
  timeEmbeddings: readonly Float32Array[],
): Promise<Float32Array> {
  let latents: Float32Array = startNoise(setting);
  for (const [index, step] of setting.schedule.steps.entries()) {
    latents = await denoiser.step(
      latents,
      step,
      timeEmbeddings[index] ?? new Float32Array(),
      setting.hiddenStates,
      branches,
    );
  }
  return latents;
}

/** Per step, after one run that compiles the shaders. */
async function measure({ schedule }: Setting, run: () => Promise<Float32Array>): Promise<Measured> {
  await run();
  const steps = schedule.steps.length;
  const before = countGpuCommands().dispatches;
  const start = performance.now();
  const latents = await run();
  return {
    milliseconds: (performance.now() - start) / steps,
    dispatches: Math.round((countGpuCommands().dispatches - before) / steps),
    latents,
  };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);
}

restartWithDriver();
const { values } = parseArgs({
  options: { model: { type: 'string' }, steps: { type: 'string' }, provider: { type: 'string' } },
});
const provider = values.provider === 'wasm' || !hasWebGpu ? 'wasm' : 'webgpu';
const steps = Number(values.steps ?? 10);
const setting = await prepare(values.model ?? 'public/models/picturebook', provider, steps);
const sessions = new DenoiserSessions(setting.backend, {
  unet: setting.unet,
  ipAdapter: null,
  preview: stableDiffusionPreview,
});
const fused = await sessions.open(setting.size, {
  branches: 'together',
  keeps: false,
  reuses: false,
  captures: false,
  looks: false,
});
const timeEmbeddings = embeddings(setting);
const ours = await measure(setting, () => runOurs(setting, fused, timeEmbeddings));
await sessions.release();
const plainDenoiser = await PlainDenoiser.open(
  setting.backend,
  setting.unet,
  setting.size,
  setting.hiddenStates.dims[1] ?? 0,
);
const plain = await measure(setting, () => runPlain(setting, plainDenoiser, timeEmbeddings));

const { height, width } = setting.size;
console.log(
  `One step of 3 branches at ${height}×${width} latent pixels, f32, ${provider} on ${setting.backend.gpu?.adapterName ?? 'CPU'}, mean of ${steps} steps`,
);
printTable(
  ['', 'ms a step', 'dispatches a step', 'time against plain'],
  [
    ['plain: 3 runs, readback, JavaScript', plain.milliseconds.toFixed(1), String(plain.dispatches), '1.00'],
    [
      'ours: 1 run, fused',
      ours.milliseconds.toFixed(1),
      String(ours.dispatches),
      (ours.milliseconds / plain.milliseconds).toFixed(2),
    ],
  ],
);
console.log(
  `largest difference of the final latents: ${largestDifference(ours.latents, plain.latents).toExponential(1)}`,
);
process.exit(0);
