import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { groupNorm, type GroupNormOptions } from '../ops/normalization.ts';
import { add, product, reshape, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';

/** The names of the four projections: since diffusers 0.17, and before. */
const currentNames = { query: 'to_q', key: 'to_k', value: 'to_v', output: 'to_out.0' } as const;
const formerNames = { query: 'query', key: 'key', value: 'value', output: 'proj_attn' } as const;

/** The autoencoder's self-attention over all pixels with one head, on a channels-last map [N, H, W, C]. */
export function vaeAttention(graph: GraphBuilder, parameters: Parameters, x: Value, norm: GroupNormOptions): Value {
  const channels = staticSize(x, -1);
  const names = parameters.has('query.weight') ? formerNames : currentNames;
  const tokens = reshape(graph, groupNorm(graph, parameters.scope('group_norm'), x, norm), [
    x.shape[0] ?? 1,
    product(x.shape.slice(1, 3)),
    channels,
  ]);
  const project = (name: string, value: Value): Value => {
    const scope = parameters.scope(name);
    // Files converted from the original Stable Diffusion keep these weights as 1×1 convolutions.
    const weightShape =
      scope.has('weight') && scope.shapeOf('weight').length === 4 ? [channels, channels, 1, 1] : [channels, channels];
    return linear(graph, scope, value, channels, { weightShape });
  };
  const inputs = {
    query: project(names.query, tokens),
    key: project(names.key, tokens),
    value: project(names.value, tokens),
  };
  const output = project(names.output, multiHeadAttention(graph, inputs, 1));
  return add(graph, x, reshape(graph, output, x.shape));
}
