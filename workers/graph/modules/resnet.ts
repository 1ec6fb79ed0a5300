import { type GraphBuilder, text, type Value } from '../onnx/graph-builder.ts';
import { conv2d } from '../ops/conv2d.ts';
import { linear } from '../ops/linear.ts';
import { groupNorm } from '../ops/normalization.ts';
import { add, reshape, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';

interface ResnetOptions {
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
}

const kernel3 = { kernelSize: 3, padding: 1 } as const;

/**
 * diffusers' ResnetBlock2D on a channels-last map [N, H, W, in] → [N, H, W, channels].
 * @param timeEmbedding [1, T] or [N, T], already activated; null in the autoencoder.
 */
export function resnetBlock2D(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  timeEmbedding: Value | null,
  options: ResnetOptions,
): Value {
  const { channels, groups, epsilon } = options;
  const norm = { groups, epsilon, silu: true };
  const hidden = conv2d(
    graph,
    parameters.scope('conv1'),
    groupNorm(graph, parameters.scope('norm1'), x, norm),
    channels,
    kernel3,
  );
  const shifted = timeEmbedding === null ? hidden : addTimeEmbedding(graph, parameters, hidden, timeEmbedding);
  const output = conv2d(
    graph,
    parameters.scope('conv2'),
    groupNorm(graph, parameters.scope('norm2'), shifted, norm),
    channels,
    kernel3,
  );
  return add(graph, shortcut(graph, parameters, x, channels), output);
}

function addTimeEmbedding(graph: GraphBuilder, parameters: Parameters, hidden: Value, timeEmbedding: Value): Value {
  const channels = staticSize(hidden, -1);
  const shift = linear(graph, parameters.scope('time_emb_proj'), timeEmbedding, channels);
  return add(graph, hidden, reshape(graph, shift, [shift.shape[0] ?? 1, 1, 1, channels]));
}

function shortcut(graph: GraphBuilder, parameters: Parameters, x: Value, channels: number): Value {
  const inChannels = staticSize(x, -1);
  if (inChannels === channels) return x;
  return linear(graph, parameters.scope('conv_shortcut'), x, channels, { weightShape: [channels, inChannels, 1, 1] });
}

/** diffusers' Downsample2D: a convolution of stride 2. */
export function downsample2D(graph: GraphBuilder, parameters: Parameters, x: Value): Value {
  return conv2d(graph, parameters.scope('conv'), x, staticSize(x, -1), { ...kernel3, stride: 2 });
}

/** diffusers' Upsample2D: nearest neighbour to the given size, then a convolution. */
export function upsample2D(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  height: number,
  width: number,
): Value {
  const larger = upsampleNearest(graph, x, height, width);
  return conv2d(graph, parameters.scope('conv'), larger, staticSize(x, -1), kernel3);
}

/** A channels-last map in another size: each pixel is the nearest one. */
export function upsampleNearest(graph: GraphBuilder, x: Value, height: number, width: number): Value {
  const shape = [x.shape[0] ?? 1, height, width, staticSize(x, -1)];
  const scales = [1, scaleTo(height, staticSize(x, 1)), scaleTo(width, staticSize(x, 2)), 1];
  return graph.node(
    'Resize',
    [x, null, graph.floats(`scales ${scales.join()}`, scales, [4], 'float32')],
    { type: x.type, shape },
    {
      attributes: {
        mode: text('nearest'),
        coordinate_transformation_mode: text('asymmetric'),
        nearest_mode: text('floor'),
      },
    },
  );
}

/**
 * The scale that makes `from` pixels `to` after ONNX has floored their product. Sizes would say it directly, but need
 * a static batch, or axes, which the runtime's transpose optimizer mishandles. Ratios other than 2 are raised by less
 * than moves any pixel, lest float32 rounds them below.
 */
function scaleTo(to: number, from: number): number {
  return to === 2 * from ? 2 : (to / from) * (1 + 1e-6);
}
