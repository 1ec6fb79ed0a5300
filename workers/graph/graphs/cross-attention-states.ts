import type { UNetConfig } from '../config/unet-config.ts';
import { crossAttentionLayers } from '../modules/cross-attention-layers.ts';
import { GraphBuilder, int, type KernelSet } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { cast } from '../ops/tensor.ts';
import { type BuiltGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { branchDimension } from '../modules/dimensions.ts';

/** Names of the tensors that enter and leave the graph. */
export const crossAttentionStatesTensors = { hiddenStates: 'hidden_states', branchRows: 'branch_rows' } as const;

interface CrossAttentionStatesOptions {
  readonly kernels: KernelSet;
  /** S: how many hidden states a branch attends to. */
  readonly tokens: number;
}

/**
 * Builds the graph that computes keys and values of every cross-attention, once a run.
 * Inputs: hidden_states f32 [rows, S, D], which may come from an encoder of another compute type; branch_rows int32 [B], the row of each branch.
 * Outputs: key_i, value_i [B, S, C_i] for each entry i of crossAttentionLayers.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype'
 */
export function buildCrossAttentionStates(
  config: UNetConfig,
  weights: GraphWeights,
  { kernels, tokens }: CrossAttentionStatesOptions,
): BuiltGraph {
  const graph = new GraphBuilder('cross-attention-states', kernels);
  const parameters = new Parameters(graph, weights);
  const layers = crossAttentionLayers(config);
  const dim = layers[0]?.crossAttentionDim ?? 0;
  const rows = graph.input(crossAttentionStatesTensors.hiddenStates, 'float32', ['rows', tokens, dim]);
  const branchRows = graph.input(crossAttentionStatesTensors.branchRows, 'int32', [branchDimension]);
  const chosen = graph.node(
    'Gather',
    [rows, branchRows],
    { type: rows.type, shape: [branchDimension, tokens, dim] },
    { attributes: { axis: int(0) } },
  );
  const states = cast(graph, chosen, parameters.type);
  for (const { path, key, value, channels } of layers) {
    const scope = parameters.scope(path);
    graph.output(key, linear(graph, scope.scope('to_k'), states, channels, { bias: false }));
    graph.output(value, linear(graph, scope.scope('to_v'), states, channels, { bias: false }));
  }
  return { model: graph.build(), usedTensors: parameters.used };
}
