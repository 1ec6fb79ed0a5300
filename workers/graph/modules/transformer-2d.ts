import { basicTransformerBlock } from './attention.ts';
import type { BlockConfig } from '../config/unet-config.ts';
import type { Value } from '../onnx/graph-builder.ts';
import { linear, type LinearOptions } from '../ops/linear.ts';
import { groupNorm } from '../ops/normalization.ts';
import { add, product, reshape, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { runBias } from './run-biases.ts';
import type { UNetContext } from './unet-context.ts';

/** Fixed in diffusers, whatever the config says of the other norms. */
const normEpsilon = 1e-6;

/** diffusers' Transformer2DModel on a channels-last map [N, H, W, C]. */
export function transformer2DModel(context: UNetContext, parameters: Parameters, x: Value, block: BlockConfig): Value {
  const { graph, groups } = context;
  const channels = staticSize(x, -1);
  const projection: LinearOptions = context.useLinearProjection ? {} : { weightShape: [channels, channels, 1, 1] };
  const normed = groupNorm(graph, parameters.scope('norm'), x, { groups, epsilon: normEpsilon });
  const tokens = reshape(graph, normed, [x.shape[0] ?? 1, product(x.shape.slice(1, 3)), channels]);
  const grid = { height: staticSize(x, 1), width: staticSize(x, 2) };
  let hidden = linear(graph, parameters.scope('proj_in'), tokens, channels, projection);
  for (let layer = 0; layer < block.transformerLayers; layer++) {
    hidden = basicTransformerBlock(context, parameters.scope(`transformer_blocks.${layer}`), hidden, {
      ...block,
      grid,
      isLast: layer === block.transformerLayers - 1,
    });
  }
  const out = parameters.scope('proj_out');
  const output = linear(graph, out, hidden, channels, { ...projection, plus: runBias(graph, out, [1, channels]) });
  return add(graph, x, reshape(graph, output, [output.shape[0] ?? 1, ...x.shape.slice(1)]));
}
