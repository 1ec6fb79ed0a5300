import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { silu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import { add, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';

/**
 * diffusers' TimestepEmbedding on sinusoids that the host computes, [T, C0] → [T, 4·C0], followed by the SiLU that
 * every resnet would apply to it again.
 * @param timestepCond [1, D]: the embedding of the guidance scale, where the network reads it
 */
export function activatedTimestepEmbedding(
  graph: GraphBuilder,
  parameters: Parameters,
  sinusoid: Value,
  channels: number,
  timestepCond: Value | null = null,
): Value {
  const sample =
    timestepCond === null
      ? sinusoid
      : add(
          graph,
          sinusoid,
          linear(graph, parameters.scope('cond_proj'), timestepCond, staticSize(sinusoid, -1), { bias: false }),
        );
  const hidden = silu(graph, linear(graph, parameters.scope('linear_1'), sample, channels));
  return silu(graph, linear(graph, parameters.scope('linear_2'), hidden, channels));
}
