import { float, type GraphBuilder, int, microsoft, type Value, type ValueType } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { silu } from './activations.ts';
import { add, multiply, reshape, staticSize, transpose } from './tensor.ts';

export interface GroupNormOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** SiLU after the norm, in the same kernel where there is one. */
  readonly silu?: boolean;
}

/** torch.nn.GroupNorm over a channels-last tensor [N, …, C], optionally followed by SiLU. */
export function groupNorm(graph: GraphBuilder, parameters: Parameters, x: Value, options: GroupNormOptions): Value {
  if (graph.kernels === 'portable') return portableGroupNorm(graph, parameters, x, options);
  const channels = staticSize(x, -1);
  const weight = parameters.tensor('weight', [channels]);
  const bias = parameters.tensor('bias', [channels]);
  const attributes = {
    epsilon: float(options.epsilon),
    groups: int(options.groups),
    activation: int(options.silu === true ? 1 : 0),
    channels_last: int(1),
  };
  const sum = sumForKernel(
    graph,
    x,
    (skip) =>
      sameShape(skip, x.shape) || sameShape(skip, [x.shape[0] ?? 1, ...x.shape.slice(1, -1).map(() => 1), channels]),
  );
  if (sum === null) return graph.node('GroupNorm', [x, weight, bias], x, { domain: microsoft, attributes });
  const [normalized] = graph.nodes('SkipGroupNorm', [sum.full, weight, bias, sum.skip], [again(x), x], {
    domain: microsoft,
    attributes,
  });
  return normalized ?? x;
}

interface Sum {
  /** Has the shape of the sum. */
  readonly full: Value;
  readonly skip: Value;
}

/** Takes the addition that made x over into the norm's kernel, if that kernel can broadcast one of its terms. */
function sumForKernel(graph: GraphBuilder, x: Value, canSkip: (shape: readonly Dimension[]) => boolean): Sum | null {
  const terms = graph.sumBehind(x);
  if (terms === null) return null;
  const [a, b] = terms;
  const sum = sameShape(a.shape, x.shape) ? { full: a, skip: b } : { full: b, skip: a };
  if (!sameShape(sum.full.shape, x.shape) || !canSkip(sum.skip.shape)) return null;
  graph.takeBack(x);
  return sum;
}

function sameShape(a: readonly Dimension[], b: readonly Dimension[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

const again = ({ type, shape }: Value): ValueType => ({ type, shape });

/** An instance norm of each group taken for one channel, then the scale and shift of each channel. */
function portableGroupNorm(graph: GraphBuilder, parameters: Parameters, x: Value, options: GroupNormOptions): Value {
  const { groups } = options;
  const channels = staticSize(x, -1);
  const batch = x.shape[0] ?? 1;
  const positions = x.shape.slice(1, -1).reduce<number>((sum, _, index) => sum * staticSize(x, index + 1), 1);
  const channelsFirst = transpose(graph, reshape(graph, x, [batch, positions, channels]), [0, 2, 1]);
  const grouped = reshape(graph, channelsFirst, [batch, groups, (channels / groups) * positions]);
  const ones = graph.floats('ones', new Array<number>(groups).fill(1), [groups], parameters.type);
  const zeros = graph.floats('zeros', new Array<number>(groups).fill(0), [groups], parameters.type);
  const normalized = graph.node('InstanceNormalization', [grouped, ones, zeros], grouped, {
    attributes: { epsilon: float(options.epsilon) },
  });
  const weight = parameters.tensor('weight', [channels], [channels, 1]);
  const bias = parameters.tensor('bias', [channels], [channels, 1]);
  const scaled = add(graph, multiply(graph, reshape(graph, normalized, channelsFirst.shape), weight), bias);
  const y = reshape(graph, transpose(graph, scaled, [0, 2, 1]), x.shape);
  return options.silu === true ? silu(graph, y) : y;
}

/** torch.nn.LayerNorm over the last axis. */
export function layerNorm(graph: GraphBuilder, parameters: Parameters, x: Value, epsilon = 1e-5): Value {
  const size = staticSize(x, -1);
  const weight = parameters.tensor('weight', [size]);
  const bias = parameters.tensor('bias', [size]);
  const attributes = { epsilon: float(epsilon) };
  const sum = sumForKernel(graph, x, (skip) => x.shape.length === 3 && sameShape(skip.slice(1), x.shape.slice(1)));
  if (sum === null) return graph.node('LayerNormalization', [x, weight, bias], x, { attributes });
  const unused: ValueType = { type: 'float32', shape: [] };
  const outputs = [again(x), unused, unused, x];
  const [normalized] = graph.nodes('SkipLayerNormalization', [sum.full, sum.skip, weight, bias], outputs, {
    domain: microsoft,
    attributes,
  });
  return normalized ?? x;
}
