import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { silu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import type { Parameters } from '../onnx/parameters.ts';

/**
 * diffusers' TimestepEmbedding on the sinusoid that the host computes, [1, C0] → [1, 4·C0], followed by the SiLU that
 * every resnet would apply to it again.
 */
export function activatedTimestepEmbedding(
  graph: GraphBuilder,
  parameters: Parameters,
  sinusoid: Value,
  channels: number,
): Value {
  const hidden = silu(graph, linear(graph, parameters.scope('linear_1'), sinusoid, channels));
  return silu(graph, linear(graph, parameters.scope('linear_2'), hidden, channels));
}
