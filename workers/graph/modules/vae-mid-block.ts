import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { groupNorm, type GroupNormOptions } from '../ops/normalization.ts';
import { add, product, reshape, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { resnetBlock2D } from './resnet.ts';

/** Of every norm; fixed in diffusers' Encoder and Decoder. */
export const vaeEpsilon = 1e-6;

/** The names of the four projections: since diffusers 0.17, and before. */
const currentNames = { query: 'to_q', key: 'to_k', value: 'to_v', output: 'to_out.0' } as const;
const formerNames = { query: 'query', key: 'key', value: 'value', output: 'proj_attn' } as const;

/** The autoencoder's self-attention over all pixels with one head, on a channels-last map [N, H, W, C]. */
function vaeAttention(graph: GraphBuilder, parameters: Parameters, x: Value, norm: GroupNormOptions): Value {
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

/** diffusers' UNetMidBlock2D, as encoder and decoder of the autoencoder share it, on a channels-last map. */
export function vaeMidBlock(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  config: { readonly norm_num_groups: number; readonly mid_block_add_attention: boolean },
): Value {
  const norm = { groups: config.norm_num_groups, epsilon: vaeEpsilon };
  const options = { ...norm, channels: staticSize(x, -1) };
  const before = resnetBlock2D(graph, parameters.scope('resnets.0'), x, options);
  const between = config.mid_block_add_attention
    ? vaeAttention(graph, parameters.scope('attentions.0'), before, norm)
    : before;
  return resnetBlock2D(graph, parameters.scope('resnets.1'), between, options);
}
