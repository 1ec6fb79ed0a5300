import { type GraphBuilder, text, type Value } from '../onnx/graph-builder.ts';
import { conv2d } from '../ops/conv2d.ts';
import { linear } from '../ops/linear.ts';
import { groupNorm } from '../ops/normalization.ts';
import { add, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { runBias } from './run-biases.ts';

interface ResnetOptions {
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Whether biases are made once a run (run-biases.ts), the timestep in them; else they are the module's own. */
  readonly hasRunBiases?: boolean;
}

const kernel3 = { kernelSize: 3, padding: 1 } as const;

/**
 * diffusers' ResnetBlock2D on a channels-last map [N, H, W, in] → [N, H, W, channels]: the autoencoder's, which knows no
 * timestep, or the UNet's.
 */
export function resnetBlock2D(graph: GraphBuilder, parameters: Parameters, x: Value, options: ResnetOptions): Value {
  const { channels, groups, epsilon, hasRunBiases = false } = options;
  const hasShortcut = staticSize(x, -1) !== channels;
  const layer = (part: 1 | 2, from: Value, takesRunBias: boolean): Value => {
    const normed = groupNorm(graph, parameters.scope(`norm${part}`), from, { groups, epsilon, silu: true });
    const convolution = parameters.scope(`conv${part}`);
    const bias = takesRunBias ? { bias: runBias(graph, convolution, [channels]) } : {};
    return conv2d(graph, convolution, normed, channels, { ...kernel3, ...bias });
  };
  const output = layer(2, layer(1, x, hasRunBiases), hasRunBiases && hasShortcut);
  if (!hasShortcut) return add(graph, x, output);
  const shortcut = parameters.scope('conv_shortcut');
  const weightShape = [channels, staticSize(x, -1), 1, 1];
  return hasRunBiases
    ? linear(graph, shortcut, x, channels, { weightShape, plus: output })
    : add(graph, linear(graph, shortcut, x, channels, { weightShape }), output);
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
