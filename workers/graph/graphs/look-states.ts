import type { UNetConfig } from '../config/unet-config.ts';
import { lookLayers } from '../modules/look-names.ts';
import { GraphBuilder, int, type KernelSet } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { splitHeads } from '../ops/multi-head-attention.ts';
import { cast, multiply } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import type { ComputeType } from '../../contract/memory.ts';

/** Names of the tensors that enter the graph. */
export const lookStatesTensors = {
  /** f32 [R, T, D]: the image tokens of each subject, and of no picture. */
  tokens: 'look_tokens',
  /** int32 [P]: which of them each row of keys and values is made of. */
  tokenRows: 'look_token_rows',
  /** f32 [P, 1, 1]: how strongly that row speaks in this layer. */
  weight: (layer: number) => `look_weight_${layer}`,
} as const;

interface LookStatesOptions {
  readonly kernels: KernelSet;
  /** T: how many image tokens a subject has. */
  readonly tokens: number;
  /** What the network computes in; the adapter may compute in another type. */
  readonly networkType: ComputeType;
}

/**
 * Builds the graph that computes an IP-Adapter's keys and values of every cross-attention, once a run.
 * Outputs: look_key_i, look_value_i [P, heads, T, C_i / heads] for each entry of lookLayers, the values times their layer's weight.
 * @param config the network's
 * @param weights the adapter's, named as h94's files: ip_adapter.{i}.to_k_ip.weight [C_i, D]
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype'
 */
export function buildLookStates(
  config: UNetConfig,
  weights: GraphWeights,
  { kernels, tokens, networkType }: LookStatesOptions,
): BuiltGraph {
  const graph = new GraphBuilder('look-states', kernels);
  const parameters = new Parameters(graph, weights);
  const layers = lookLayers(config);
  const [dim = 0] = config.cross_attention_dim;
  const rows = graph.input(lookStatesTensors.tokens, 'float32', ['rows', tokens, dim]);
  const tokenRows = graph.input(lookStatesTensors.tokenRows, 'int32', ['look_rows']);
  const chosen = graph.node(
    'Gather',
    [rows, tokenRows],
    { type: rows.type, shape: ['look_rows', tokens, dim] },
    { attributes: { axis: int(0) } },
  );
  const states = cast(graph, chosen, parameters.type);
  for (const { index, key, value, channels, heads } of layers) {
    const scope = parameters.scope(`ip_adapter.${index}`);
    const weight = graph.input(lookStatesTensors.weight(index), 'float32', ['look_rows', 1, 1]);
    const keys = linear(graph, scope.scope('to_k_ip'), states, channels, { bias: false });
    const values = linear(graph, scope.scope('to_v_ip'), states, channels, { bias: false });
    const weighted = multiply(graph, cast(graph, values, 'float32'), weight);
    graph.output(key, splitHeads(graph, cast(graph, keys, networkType), heads));
    graph.output(value, splitHeads(graph, cast(graph, weighted, networkType), heads));
  }
  return builtGraph(graph, parameters.used);
}
