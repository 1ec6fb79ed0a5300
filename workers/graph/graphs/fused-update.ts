import { GraphBuilder, int, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { add, multiply, product, reshape, staticSize } from '../ops/tensor.ts';
import { branchDimension } from '../modules/dimensions.ts';

/** Names of the tensors that enter and leave the graph. */
export const fusedUpdateTensors = {
  coefficients: 'coefficients',
  noisePredictions: 'noise_predictions',
  repaintMask: 'repaint_mask',
  nextLatents: 'next_latents',
  predOriginalSample: 'pred_original_sample',
  preview: 'preview',
} as const;

/** RGB in 0…1 = matrix · latents + bias, at each latent pixel. */
export interface PreviewMatrix {
  /** [3][C] */
  readonly matrix: readonly (readonly number[])[];
  /** [3] */
  readonly bias: readonly number[];
}

/** Names of what the update computes. */
export const updateOutputs = [
  fusedUpdateTensors.nextLatents,
  fusedUpdateTensors.predOriginalSample,
  fusedUpdateTensors.preview,
] as const;

export interface UpdateOptions {
  readonly preview: PreviewMatrix;
  /** Whether a part of the latents is kept, so that each step blends it back. */
  readonly keep: boolean;
}

/**
 * Guidance (UMM-Diffusion, Eq. 8), the sampler's update and the preview:
 * [x_{t−1}; x̂_0] = coefficients · [ε_1 … ε_B; x_t; history; noise], each flattened to a row.
 * Declares the inputs history, noise f32 [1, C, h·w] and coefficients f32 [2, B + 3], and the outputs next_latents,
 * pred_original_sample f32 [1, C, h·w] and preview f32 [1, 3, h·w], which is not clamped. Maps enter and leave with
 * flat pixels, because a Reshape on an input or output of a graph is a copy, which graph capture does not replay.
 *
 * With keep, kept_latents and kept_noise f32 [1, C, h·w] are two more rows, their sum is a third product, and
 * x_{t−1} = mask · x_{t−1} + (1 − mask) · that sum, with the input repaint_mask f32 [1, 1, h·w] (diffusers'
 * StableDiffusionInpaintPipeline for networks of four channels).
 * @param noisePredictions [B, C, h·w] f32
 * @param latents [1, C, h·w] f32
 */
export function addFusedUpdate(
  graph: GraphBuilder,
  noisePredictions: Value,
  latents: Value,
  options: UpdateOptions,
): void {
  const mapInputs = ['history', 'noise', ...(options.keep ? ['kept_latents', 'kept_noise'] : [])];
  const inputs = mapInputs.map((name) => graph.input(name, 'float32', latents.shape));
  const [next, original, kept] = products(graph, [noisePredictions, latents, ...inputs], options.keep ? 3 : 2);
  if (next === undefined || original === undefined) throw new RangeError('There are two products or more.');
  graph.output(fusedUpdateTensors.nextLatents, kept === undefined ? next : blend(graph, next, kept));
  graph.output(fusedUpdateTensors.predOriginalSample, original);
  graph.output(fusedUpdateTensors.preview, previewOf(graph, original, options));
}

/** Sums of maps, each weighed by a row of the input coefficients. @returns `count` maps [1, C, h·w] */
function products(graph: GraphBuilder, maps: readonly Value[], count: number): Value[] {
  const shape = (maps[0]?.shape ?? []).slice(1);
  const size = product(shape);
  const coefficients = graph.input(fusedUpdateTensors.coefficients, 'float32', [count, 'rows']);
  const joined = graph.node(
    'Concat',
    maps,
    { type: 'float32', shape: ['rows', ...shape] },
    { attributes: { axis: int(0) } },
  );
  const sums = graph.node('MatMul', [coefficients, reshape(graph, joined, ['rows', size])], {
    type: 'float32',
    shape: [count, size],
  });
  const one = { type: 'float32', shape: [1, ...shape] } as const;
  return graph.nodes('Split', [reshape(graph, sums, [count, ...shape])], new Array<typeof one>(count).fill(one), {
    attributes: { axis: int(0), num_outputs: int(count) },
  });
}

function blend(graph: GraphBuilder, next: Value, kept: Value): Value {
  const mask = graph.input(fusedUpdateTensors.repaintMask, 'float32', [1, 1, staticSize(next, 2)]);
  const one = graph.floats('one', [1], [1], 'float32');
  const rest = graph.node('Sub', [one, mask], mask);
  return add(graph, multiply(graph, rest, kept), multiply(graph, mask, next));
}

function previewOf(graph: GraphBuilder, original: Value, { preview }: UpdateOptions): Value {
  const channels = staticSize(original, 1);
  const matrix = graph.floats('preview matrix', preview.matrix.flat(), [3, channels], 'float32');
  const bias = graph.floats('preview bias', preview.bias, [3, 1], 'float32');
  const colors = graph.node('MatMul', [matrix, original], {
    type: 'float32',
    shape: [1, 3, staticSize(original, 2)],
  });
  return add(graph, colors, bias);
}

interface FusedUpdateOptions extends UpdateOptions {
  readonly kernels: KernelSet;
  /** C */
  readonly latentChannels: number;
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
}

/**
 * Builds the update alone, for memory plans that run the branches one by one.
 * Inputs: noise_predictions f32 [B, C, h·w], latents f32 [1, C, h·w] and those of addFusedUpdate.
 */
export function buildFusedUpdate(options: FusedUpdateOptions): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('fused-update', options.kernels);
  const map = [options.latentChannels, options.height * options.width];
  const predictions = graph.input(fusedUpdateTensors.noisePredictions, 'float32', [branchDimension, ...map]);
  const latents = graph.input('latents', 'float32', [1, ...map]);
  addFusedUpdate(graph, predictions, latents, options);
  return graph.build();
}
