/**
 * Steps of three branches, round after round: ours, three plain runs (plain-denoiser.ts), and the graph that
 * export_unet.py exports and optimises for a batch of three. CPU time and wall clock a step, medians and spread, and how
 * alike the latents are.
 *
 * npm run bench -- [--model folder] [--exported folder] [--provider webgpu|wasm] [--rounds 5] [--steps 4] [--json file]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { printTable } from '../e2e/support/table.ts';
import { restartWithDriver } from '../provision/restart.ts';
import { guidanceBranches } from '../workers/pipeline/denoising/guidance.ts';
import { TorchGenerator } from '../workers/pipeline/denoising/noise.ts';
import { timestepSinusoid } from '../workers/pipeline/denoising/timestep-embedding.ts';
import { floatTensor } from '../workers/runtime/tensors.ts';
import { hasWebGpu, nodeBackend } from '../workers/testing/gpu/node-backend.ts';
import { drawnStates, guidance, order, row, stepper, timestepOf, tokens } from '../workers/testing/gpu/stepper.ts';
import { ExportedDenoiser } from './exported-denoiser.ts';
import { folderUNet } from './folder-unet.ts';
import { PlainDenoiser } from './plain-denoiser.ts';
import { decibels, interleave, median, ratio, spread, type Contestant } from './rounds.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    exported: { type: 'string' },
    provider: { type: 'string' },
    rounds: { type: 'string' },
    steps: { type: 'string' },
    json: { type: 'string' },
  },
});
if (values.provider !== 'wasm') restartWithDriver();
const provider = values.provider === 'wasm' || !hasWebGpu ? 'wasm' : 'webgpu';
const steps = Number(values.steps ?? 4);
const backend = await nodeBackend(provider);
const { unet, size } = await folderUNet(values.model ?? 'public/models/picturebook');
const { in_channels: channels, cross_attention_dim: dims, block_out_channels: widths } = unet.config;
const dim = dims[0] ?? 768;
const states = floatTensor(backend, drawnStates(dim), [order.length, tokens, dim]);
const branches = guidanceBranches(guidance[3], new Set(order));
const start = (): Float32Array => new TorchGenerator(7).randn(channels * size.height * size.width);
const sinusoid = { flipSinToCos: unet.config.flip_sin_to_cos, frequencyShift: unet.config.freq_shift };

/** Takes the steps one by one from the noise that all begin with. */
async function walk(step: (latents: Float32Array, timestep: number) => Promise<Float32Array>): Promise<Float32Array> {
  let latents = start();
  for (let index = 0; index < steps; index++) latents = await step(latents, timestepOf(index));
  return latents;
}

const mode = { branches: 'together', keeps: false, reuses: false, captures: false, looks: false } as const;
const ours = await stepper(backend, unet, size, mode);
const reusing = await stepper(backend, unet, size, { ...mode, reuses: true });
const plain = await PlainDenoiser.open(backend, unet, size, tokens);
const contestants: Contestant[] = [
  { name: 'ours', run: () => ours.run(3, steps) },
  { name: 'ours, one full step in 3', run: () => reusing.run(3, steps, 3) },
  {
    name: 'three plain runs',
    run: () =>
      walk((latents, timestep) =>
        plain.step(latents, { next: row }, timestepSinusoid(timestep, widths[0] ?? 0, sinusoid), states, branches),
      ),
  },
];
if (provider === 'webgpu') {
  const captured = await stepper(backend, unet, size, { ...mode, captures: true });
  contestants.push({ name: 'ours, captured', run: () => captured.run(3, steps) });
}
if (values.exported !== undefined) {
  const file = backend.gpu?.software === true ? 'plain.onnx' : 'fused.onnx';
  const exported = await ExportedDenoiser.open(backend, join(values.exported, file), { ...size, batch: 3, channels });
  contestants.push({
    name: `exported for a batch of 3, ${file}`,
    run: () => walk((latents, timestep) => exported.step(latents, { next: row }, timestep, states, branches)),
  });
}

const results = await interleave(contestants, Number(values.rounds ?? 5));
const [first] = results;
const figures = results.map(({ name, costs, last }) => {
  const [wall, cpu] = [costs.map((cost) => cost.wall / steps), costs.map((cost) => cost.cpu / steps)];
  const [ourWall, ourCpu] = [
    (first?.costs ?? []).map((cost) => cost.wall / steps),
    (first?.costs ?? []).map((cost) => cost.cpu / steps),
  ];
  return {
    name,
    wall: median(wall),
    cpu: median(cpu),
    cpuSpread: spread(cpu),
    ourWallAgainstIt: ratio(ourWall, wall),
    ourCpuAgainstIt: ratio(ourCpu, cpu),
    decibels: decibels(first?.last ?? last, last),
  };
});
console.log(
  `${steps} steps of 3 branches at ${size.height}×${size.width} latent pixels in 32 bits, ${provider} on ${backend.gpu?.adapterName ?? 'the processor'}, ${results[0]?.costs.length ?? 0} rounds`,
);
printTable(
  ['', 'CPU ms a step', 'spread', 'ours over it', 'wall ms a step', 'ours over it', 'dB from ours'],
  figures.map((figure) => [
    figure.name,
    figure.cpu.toFixed(1),
    `${(100 * figure.cpuSpread).toFixed(0)} %`,
    figure.ourCpuAgainstIt.toFixed(2),
    figure.wall.toFixed(1),
    figure.ourWallAgainstIt.toFixed(2),
    figure.decibels.toFixed(0),
  ]),
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 1)}\n`);
process.exit(0);
