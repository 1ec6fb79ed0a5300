import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import type { UNetConfig } from '../config/unet-config.ts';
import { activatedTimestepEmbedding } from '../modules/embeddings.ts';
import { resnetPlaces, runBiasName, transformerPlaces } from '../modules/run-biases.ts';
import { GraphBuilder, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { gemm, linear } from '../ops/linear.ts';
import { add, cast, multiply } from '../ops/tensor.ts';

/** Names of the tensors that enter the graph. */
export const runBiasTensors = { timeEmbeddings: 'time_embeddings', timestepCond: 'timestep_cond' } as const;

/**
 * Builds the graph that computes, once a run, what steps add to all pixels alike.
 * Inputs: time_embeddings f32 [T, C0], the sinusoid of every timestep of the schedule; timestep_cond f32 [1, D], the
 * embedding of the guidance scale, where the network reads it. Outputs: those of addRunBiases.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype'
 */
export function buildRunBiases(
  config: UNetConfig,
  weights: GraphWeights,
  { kernels }: { readonly kernels: KernelSet },
): BuiltGraph {
  const graph = new GraphBuilder('run-biases', kernels);
  const parameters = new Parameters(graph, weights);
  addRunBiases(graph, parameters, config);
  return builtGraph(graph, parameters.used);
}

/** The outputs. @param table of the network's weights */
export function runBiasNames(config: UNetConfig, table: TensorTable): string[] {
  return [
    ...resnetPlaces(config).flatMap(({ path }) => [
      runBiasName(`${path}.conv1`),
      ...(table.has(`${path}.${shortcutBias}`) ? [runBiasName(`${path}.conv2`)] : []),
    ]),
    ...transformerPlaces(config).map(({ path }) => runBiasName(`${path}.proj_out`)),
  ];
}

/** Only some resnets have it: those that change the number of channels. */
const shortcutBias = 'conv_shortcut.bias';

/**
 * Outputs, in the compute type, each under the name of the bias whose place it takes:
 * - conv1 of every resnet [T, C], a row a step: its bias and what diffusers' ResnetBlock2D makes of the timestep;
 * - conv2 of a resnet with a shortcut [C]: the sum of both biases, so that the shortcut's product begins with the other
 *   term where it has its bias;
 * - proj_out of every transformer [1, C]: its bias and its product with the one of the layer before, which begins with the
 *   residual in the same way.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype'
 */
export function addRunBiases(graph: GraphBuilder, parameters: Parameters, config: UNetConfig): void {
  const { time, zero } = timeEmbedding(graph, parameters, config);
  for (const { path, channels } of resnetPlaces(config)) {
    const scope = parameters.scope(path);
    const bias = (name: string): Value => scope.scope(name).tensor('bias', [channels]);
    const shift = linear(graph, scope.scope('time_emb_proj'), time, channels);
    graph.output(runBiasName(`${path}.conv1`), add(graph, shift, bias('conv1')));
    if (!scope.has(shortcutBias)) continue;
    graph.output(runBiasName(`${path}.conv2`), add(graph, bias('conv2'), bias('conv_shortcut')));
  }
  for (const { path, channels, lastLinear } of transformerPlaces(config)) {
    const scope = parameters.scope(path);
    const before = scope.scope(lastLinear).tensor('bias', [channels], [1, channels]);
    const shape = config.use_linear_projection ? [channels, channels] : [channels, channels, 1, 1];
    const weight = scope.tensor('proj_out.weight', shape, [channels, channels]);
    const sum = gemm(graph, add(graph, before, zero), weight, [scope.tensor('proj_out.bias', [channels])]);
    graph.output(runBiasName(`${path}.proj_out`), sum);
  }
}

/**
 * [T, 4·C0], and a zero [1, 1] that comes of an input: a product of weights alone would be folded by ONNX Runtime on the
 * CPU.
 */
function timeEmbedding(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
): { readonly time: Value; readonly zero: Value } {
  const [firstChannels = 0] = config.block_out_channels;
  const { time_cond_proj_dim: condDim } = config;
  const sinusoids = graph.input(runBiasTensors.timeEmbeddings, 'float32', ['timesteps', firstChannels]);
  const cond = condDim === null ? null : graph.input(runBiasTensors.timestepCond, 'float32', [1, condDim]);
  const embeddings = cast(graph, sinusoids, parameters.type);
  const time = activatedTimestepEmbedding(
    graph,
    parameters.scope('time_embedding'),
    embeddings,
    4 * firstChannels,
    cond === null ? null : cast(graph, cond, parameters.type),
  );
  const [start, end, axes] = [
    [0, 0],
    [1, 1],
    [0, 1],
  ].map((numbers) => graph.integers(numbers));
  const first = graph.node('Slice', [embeddings, start ?? null, end ?? null, axes ?? null], {
    type: parameters.type,
    shape: [1, 1],
  });
  return { time, zero: multiply(graph, first, graph.floats('zero', [0], [1], parameters.type)) };
}
