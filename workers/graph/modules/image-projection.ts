import {
  resamplerHeadDim,
  type ImageProjection,
  type PlusProjection,
} from '../../checkpoint/kinds/ip-adapter-config.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { gelu } from '../ops/activations.ts';
import { gemm, linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add, cast, concat, reshape, staticSize } from '../ops/tensor.ts';

/**
 * The image projection of an IP-Adapter (Ye et al. 2023): what an image encoder gives of a picture → tokens [1, T, D].
 * @param features image_embeds [1, E] for the plain one, else hidden states [1, S, E]
 */
export function imageProjection(
  graph: GraphBuilder,
  parameters: Parameters,
  features: Value,
  projection: ImageProjection,
): Value {
  const x = cast(graph, features, parameters.type);
  switch (projection.kind) {
    case 'plain': {
      const { tokens, tokenDim } = projection;
      const all = linear(graph, parameters.scope('proj'), x, tokens * tokenDim);
      return layerNorm(graph, parameters.scope('norm'), reshape(graph, all, [1, tokens, tokenDim]));
    }
    case 'full-face': {
      const hidden = gelu(graph, linear(graph, parameters.scope('proj.0'), x, projection.hiddenDim));
      return layerNorm(
        graph,
        parameters.scope('proj.3'),
        linear(graph, parameters.scope('proj.2'), hidden, projection.tokenDim),
      );
    }
    case 'plus':
      return resampler(graph, parameters, x, projection);
  }
}

/** diffusers' IPAdapterPlusImageProjection, under the names of the published files. */
function resampler(graph: GraphBuilder, parameters: Parameters, features: Value, projection: PlusProjection): Value {
  const { tokens, width, depth, tokenDim } = projection;
  const x = linear(graph, parameters.scope('proj_in'), features, width);
  let latents = parameters.tensor('latents', [1, tokens, width]);
  for (let layer = 0; layer < depth; layer++) {
    const scope = parameters.scope(`layers.${layer}`);
    latents = add(graph, latents, perceiverAttention(graph, scope.scope('0'), { x, latents }, projection));
    latents = add(graph, latents, feedForward(graph, scope.scope('1'), latents, projection));
  }
  return layerNorm(graph, parameters.scope('norm_out'), linear(graph, parameters.scope('proj_out'), latents, tokenDim));
}

/** Latents attend to the picture and, after it, to themselves. */
function perceiverAttention(
  graph: GraphBuilder,
  parameters: Parameters,
  { x, latents }: { readonly x: Value; readonly latents: Value },
  { heads, width }: PlusProjection,
): Value {
  const inner = heads * resamplerHeadDim;
  const image = layerNorm(graph, parameters.scope('norm1'), x);
  const own = layerNorm(graph, parameters.scope('norm2'), latents);
  const both = concat(graph, [image, own], 1);
  const keysOrValues = (part: number): Value =>
    gemm(graph, both, parameters.scope('to_kv').part('weight', [2 * inner, staticSize(both, -1)], part, 2), []);
  const inputs = {
    query: linear(graph, parameters.scope('to_q'), own, inner, { bias: false }),
    key: keysOrValues(0),
    value: keysOrValues(1),
  };
  return linear(graph, parameters.scope('to_out'), multiHeadAttention(graph, inputs, heads), width, { bias: false });
}

function feedForward(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  { width, feedForwardDim }: PlusProjection,
): Value {
  const normed = layerNorm(graph, parameters.scope('0'), x);
  const hidden = gelu(graph, linear(graph, parameters.scope('1'), normed, feedForwardDim, { bias: false }));
  return linear(graph, parameters.scope('3'), hidden, width, { bias: false });
}
