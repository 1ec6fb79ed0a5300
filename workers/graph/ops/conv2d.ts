import { type GraphBuilder, int, ints, type Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { add, staticSize, transpose } from './tensor.ts';
import { canTile, tiledConv2d } from './tiled-conv2d.ts';

interface Conv2dOptions {
  readonly kernelSize: number;
  readonly stride?: number;
  /** On every side. */
  readonly padding?: number;
  /** At the bottom and on the right only, beside `padding`. */
  readonly paddingAfter?: number;
  /** Channels that the weight has, where the map has more, which are zeros. */
  readonly inChannels?: number;
  /** False where the layer has none; [out] where it is not the layer's own. */
  readonly bias?: Value | boolean;
}

export const toChannelsFirst = [0, 3, 1, 2] as const;
export const toChannelsLast = [0, 2, 3, 1] as const;

/**
 * torch.nn.Conv2d on a channels-last feature map [N, H, W, in] → [N, H', W', out].
 * ONNX convolutions are channels-first, but the WebGPU provider computes them channels-last and puts the opposite
 * Transposes around each: with the ones here they cancel, so none is left.
 */
export function conv2d(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  outChannels: number,
  options: Conv2dOptions,
): Value {
  const { kernelSize, stride = 1, padding = 0, paddingAfter = 0, bias = true } = options;
  const after = padding + paddingAfter;
  const own = (): Value => parameters.tensor('bias', [outChannels]);
  const biases = bias === false ? [] : [bias === true ? own() : bias];
  if (kernelSize === 3 && stride === 1 && padding === 1 && after === 1 && canTile(graph, x, outChannels))
    return biases.reduce((sum, each) => add(graph, sum, each), tiledConv2d(graph, parameters, x, outChannels));
  const weight = weightFor(graph, parameters, x, outChannels, options);
  const size = (axis: number): number => Math.floor((staticSize(x, axis) + padding + after - kernelSize) / stride) + 1;
  const batch: Dimension = x.shape[0] ?? 1;
  const y = graph.node(
    'Conv',
    [transpose(graph, x, toChannelsFirst), weight, ...biases],
    { type: x.type, shape: [batch, outChannels, size(1), size(2)] },
    {
      attributes: {
        kernel_shape: ints([kernelSize, kernelSize]),
        strides: ints([stride, stride]),
        pads: ints([padding, padding, after, after]),
      },
    },
  );
  return transpose(graph, y, toChannelsLast);
}

/** With zeros for channels that it lacks: only where it is so small that ONNX Runtime may join them on the CPU. */
function weightFor(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  outChannels: number,
  { kernelSize, inChannels = staticSize(x, -1) }: Conv2dOptions,
): Value {
  const weight = parameters.tensor('weight', [outChannels, inChannels, kernelSize, kernelSize]);
  const missing = staticSize(x, -1) - inChannels;
  if (missing === 0) return weight;
  const shape = [outChannels, missing, kernelSize, kernelSize];
  const zeros = new Array<number>(outChannels * missing * kernelSize ** 2).fill(0);
  return graph.node(
    'Concat',
    [weight, graph.floats('no weight', zeros, shape, parameters.type)],
    { type: weight.type, shape: [outChannels, staticSize(x, -1), kernelSize, kernelSize] },
    { attributes: { axis: int(1) } },
  );
}
