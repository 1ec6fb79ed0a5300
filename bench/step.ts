/**
 * Times one denoising step with three branches: ours against the plain way (plain-denoiser.ts), on the same weights,
 * provider and machine, and counts the dispatches of each.
 *
 * npx tsx bench/step.ts [--model folder] [--steps 10] [--provider webgpu|wasm]
 */
import { parseArgs } from 'node:util';

import type { Tensor } from 'onnxruntime-web';

import { layoutCheckpoint } from '../workers/pipeline/loading/checkpoint.ts';
import type { Denoiser } from '../workers/pipeline/denoising/denoiser.ts';
import { DenoiserSessions } from '../workers/pipeline/denoising/denoiser-sessions.ts';
import { findParts } from '../workers/pipeline/loading/find-parts.ts';
import { PartLoader } from '../workers/pipeline/loading/load-parts.ts';
import { guidanceBranches, stepCoefficients } from '../workers/pipeline/denoising/guidance.ts';
import { TorchGenerator } from '../workers/pipeline/denoising/noise.ts';
import { stableDiffusionPreview } from '../workers/pipeline/denoising/preview-matrix.ts';
import { timestepSinusoid } from '../workers/pipeline/denoising/timestep-embedding.ts';
import type { UNetConfig } from '../workers/graph/config/unet-config.ts';
import type { Backend } from '../workers/runtime/sessions.ts';
import { floatTensor, takeFloats } from '../workers/runtime/tensors.ts';
import { ddimSchedule } from '../workers/schedulers/ddim.ts';
import type { Schedule } from '../workers/schedulers/scheduler.ts';
import { parseSchedulerConfig } from '../workers/schedulers/scheduler-config.ts';
import { folderFiles } from '../workers/testing/folder-files.ts';
import { hasWebGpu, nodeBackend } from '../workers/testing/node-backend.ts';
import { materialize } from '../workers/weights/convert/materialize.ts';
import { memorySink } from '../workers/weights/convert/weight-sink.ts';
import { countDispatches } from '../workers/testing/dispatches.ts';
import { PlainDenoiser } from './plain-denoiser.ts';
import { printTable } from '../e2e/table.ts';
import { restartWithDriver } from '../provision/restart.ts';
import type { LoadedPart } from '../workers/pipeline/modules/loaded-part.ts';
import type { LatentSize } from '../workers/pipeline/modules/latent-size.ts';

const branches = guidanceBranches({ alpha: 0.5, guidanceScale: 7.5 }, true);

interface Setting {
  readonly backend: Backend;
  readonly unet: LoadedPart<UNetConfig>;
  readonly size: LatentSize;
  readonly schedule: Schedule;
  /** [3,77,D], random: what they say does not change what they cost. */
  readonly hiddenStates: Tensor;
}

interface Measured {
  readonly milliseconds: number;
  readonly dispatches: number;
  readonly latents: Float32Array;
}

async function prepare(folder: string, provider: 'webgpu' | 'wasm', steps: number): Promise<Setting> {
  const backend = await nodeBackend(provider);
  const checkpoint = layoutCheckpoint(await folderFiles(folder));
  const { found } = await findParts(checkpoint, { imageEncoder: null, vae: null, projector: null });
  const loader = new PartLoader([found.unet], {
    load: (request) => materialize(request, memorySink),
    dtype: 'F32',
    transforms: {},
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const { unet } = await loader.load(found);
  const { sample_size: sampleSize, cross_attention_dim: dims } = found.unet.config;
  const edge = Array.isArray(sampleSize) ? sampleSize[0] : (sampleSize ?? 64);
  const dimension = dims[0] ?? 768;
  const schedule = ddimSchedule(
    parseSchedulerConfig(await checkpoint.json('scheduler/scheduler_config.json')),
    steps,
    0,
  );
  const hiddenStates = floatTensor(backend, new TorchGenerator(1).randn(3 * 77 * dimension), [3, 77, dimension]);
  return { backend, unet, size: { height: edge, width: edge }, schedule, hiddenStates };
}

function embeddings({ unet, schedule }: Setting): Float32Array[] {
  const { block_out_channels: channels, flip_sin_to_cos: flipSinToCos, freq_shift: frequencyShift } = unet.config;
  return schedule.steps.map(({ timestep }) =>
    timestepSinusoid(timestep, channels[0] ?? 0, { flipSinToCos, frequencyShift }),
  );
}

const startNoise = ({ size }: Setting): Float32Array => new TorchGenerator(7).randn(4 * size.height * size.width);

async function runOurs(
  setting: Setting,
  denoiser: Denoiser,
  timeEmbeddings: readonly Float32Array[],
): Promise<Float32Array> {
  await denoiser.condition(setting.hiddenStates, [0, 1, 2]);
  let latents = floatTensor(setting.backend, startNoise(setting), [1, 4, setting.size.height, setting.size.width]);
  for (const [index, step] of setting.schedule.steps.entries()) {
    const timeEmbedding = timeEmbeddings[index] ?? new Float32Array();
    const result = await denoiser.step({
      latents,
      history: null,
      noise: null,
      timeEmbedding,
      coefficients: stepCoefficients(branches, step),
    });
    latents.dispose();
    result.original.dispose();
    await takeFloats(result.preview);
    ({ latents } = result);
  }
  return takeFloats(latents);
}

async function runPlain(
  setting: Setting,
  denoiser: PlainDenoiser,
  timeEmbeddings: readonly Float32Array[],
): Promise<Float32Array> {
  let latents = startNoise(setting);
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
  const before = countDispatches();
  const start = performance.now();
  const latents = await run();
  return {
    milliseconds: (performance.now() - start) / steps,
    dispatches: Math.round((countDispatches() - before) / steps),
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
const sessions = new DenoiserSessions(setting.backend, { unet: setting.unet, preview: stableDiffusionPreview });
const fused = await sessions.open(setting.size, 'together');
const timeEmbeddings = embeddings(setting);
const ours = await measure(setting, () => runOurs(setting, fused, timeEmbeddings));
await sessions.release();
const plainDenoiser = await PlainDenoiser.open(setting.backend, setting.unet, setting.size);
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
