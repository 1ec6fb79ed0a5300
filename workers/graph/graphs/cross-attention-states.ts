import type { UNetConfig } from '../config/unet-config.ts';
import { crossAttentionLayers } from '../modules/cross-attention-layers.ts';
import { GraphBuilder, int, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { splitHeads } from '../ops/multi-head-attention.ts';
import { cast } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
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
 * Outputs: key_i, value_i [B, heads, S, C_i / heads] for each entry i of crossAttentionLayers.
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
  for (const { path, key, value, channels, heads } of layers) {
    const scope = parameters.scope(path);
    const project = (name: string): Value =>
      splitHeads(graph, linear(graph, scope.scope(name), states, channels, { bias: false }), heads);
    graph.output(key, project('to_k'));
    graph.output(value, project('to_v'));
  }
  return builtGraph(graph, parameters.used);
}
