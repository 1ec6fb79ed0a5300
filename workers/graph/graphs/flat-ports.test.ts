import { afterEach, describe, expect, it, vi } from 'vitest';

import { GraphBuilder, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import {
  entry,
  readReferenceJson,
  readReferenceWeights,
  type ReferenceCase,
} from '../../testing/reference/reference-case.ts';
import { parseUNetConfig } from '../config/unet-config.ts';
import type { GraphWeights } from '../onnx/parameters.ts';
import { buildDenoisingStep } from './denoising-step.ts';
import { buildFusedUpdate } from './fused-update.ts';
import { buildUNet } from './unet.ts';

const preview = { matrix: [0, 1, 2].map(() => [1, 1, 1, 1]), bias: [0, 0, 0] };
const size = { height: 8, width: 8, preview, keep: true } as const;

/** The graphs of a step of a checkpoint. */
async function stepGraphs(name: ReferenceCase, kernels: KernelSet): Promise<Readonly<Record<string, () => unknown>>> {
  const options = { ...size, kernels };
  const config = parseUNetConfig(await readReferenceJson(name, 'unet/config.json'));
  const weights = await readReferenceWeights(name, 'unet/diffusion_pytorch_model.safetensors');
  const inpainting = { config: { ...config, in_channels: 9 as const }, weights: withNineChannels(weights) };
  return {
    'one step': () => buildDenoisingStep(config, weights, options),
    'the network': () => buildUNet(config, weights, options),
    'the network that looks at pictures of one': () => buildUNet(config, weights, { ...options, look: 'one' }),
    'the network that looks at pictures': () => buildUNet(config, weights, { ...options, look: 'several' }),
    'the network that fills in parts': () => buildUNet(inpainting.config, inpainting.weights, options),
    'the update': () => buildFusedUpdate({ ...options, latentChannels: 4 }),
  };
}

/** The first convolution as inpainting checkpoints have it; a graph is built from shapes alone. */
function withNineChannels({ table, location }: GraphWeights): GraphWeights {
  const name = 'conv_in.weight';
  const { shape, ...info } = entry(table, name);
  return { location, table: new Map([...table, [name, { ...info, shape: [shape[0] ?? 0, 9, 3, 3] }]]) };
}

/** Inputs and outputs of a graph that a Reshape stands on. */
function reshapedPorts(build: () => unknown): string[] {
  const input = vi.spyOn(GraphBuilder.prototype, 'input');
  const output = vi.spyOn(GraphBuilder.prototype, 'output');
  const node = vi.spyOn(GraphBuilder.prototype, 'node');
  build();
  const inputs = new Set(input.mock.calls.map(([name]) => name));
  const outputs = new Map(output.mock.calls.map(([name, value]) => [value, name]));
  return node.mock.calls.flatMap(([opType, [from]], index) => {
    if (opType !== 'Reshape') return [];
    const to = outputs.get(node.mock.results[index]?.value as Value);
    return [...(from && inputs.has(from.name) ? [from.name] : []), ...(to === undefined ? [] : [to])];
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

// Graph capture does not replay the copy that a Reshape of an input or output is: the latents would be wrong in silence.
describe.each([
  ['sd15', 'gpu'],
  ['v-prediction', 'gpu'],
  ['sd15', 'software-gpu'],
] as const)('no Reshape stands on an input or output, in %s on %s, of', async (name, kernels) => {
  it.each(Object.entries(await stepGraphs(name, kernels)))('%s', (_, build) => {
    expect(reshapedPorts(build)).toEqual([]);
  });
});
