import { int, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import { attentionWeights } from '../ops/multi-head-attention.ts';
import { add, matMul, multiply, reshape, staticSize, transpose } from '../ops/tensor.ts';

/**
 * By how much one subject must want a place more than the others, to have it alone: the difference times this is 1.
 * What says where subjects may be (word_places) comes multiplied by it.
 */
export const claimSharpness = 1e4;

/** Of one head, against a division by 0. */
const epsilon = 1e-6;

interface WordMapInputs {
  /** [B, h·w, C] and [B, heads, N, C / heads]: those of the attention to the text. */
  readonly query: Value;
  readonly key: Value;
  readonly heads: number;
  /** f32 [B, 1, N, S] */
  readonly words: Value;
  /** f32 [h·w, S]; null of a single word, which has every place */
  readonly places: Value | null;
}

/**
 * How much each place attends to each pinned word, 1 where it does most (Conceptrol, arXiv 2503.06568): the mean over
 * heads and over the word's tokens, divided by its largest value. Of several words the one that wants a place most has
 * it, so that the maps are disjoint.
 * @returns f32 [S, h·w]
 */
export function wordMaps(graph: GraphBuilder, { query, key, heads, words, places }: WordMapInputs): Value {
  const attention = reduce(
    graph,
    'ReduceSum',
    matMul(graph, attentionWeights(graph, { query, key }, heads), words),
    [0, 1],
  );
  const most = reduce(graph, 'ReduceMax', attention, [0], true);
  const noZero = graph.floats(`word map epsilon ${heads}`, [heads * epsilon], [1], 'float32');
  const map = graph.node('Div', [attention, add(graph, most, noZero)], attention);
  if (places === null) return reshape(graph, map, [1, staticSize(map, 0)]);
  const claims = multiply(graph, map, places);
  const highest = reduce(graph, 'ReduceMax', claims, [1], true);
  const behind = graph.node('Sub', [claims, highest], claims);
  const one = graph.floats('one', [1], [1], 'float32');
  const share = graph.node('Relu', [add(graph, behind, one)], claims);
  return transpose(graph, multiply(graph, map, share), [1, 0]);
}

/** Reduces these axes, which are in front or stay with size 1. */
export function reduce(
  graph: GraphBuilder,
  opType: 'ReduceSum' | 'ReduceMax',
  x: Value,
  axes: readonly number[],
  keepDims = false,
): Value {
  const shape: Dimension[] = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
  return graph.node(
    opType,
    [x, graph.integers(axes)],
    { type: x.type, shape },
    { attributes: { keepdims: int(keepDims ? 1 : 0) } },
  );
}

/** Which place of a coarser or finer grid each place of a grid takes its value from: the nearest, as torch's interpolate. */
export function nearestPlaces(
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): readonly number[] {
  return Array.from({ length: to.height * to.width }, (_, place) => {
    const row = Math.floor((Math.floor(place / to.width) * from.height) / to.height);
    const column = Math.floor(((place % to.width) * from.width) / to.width);
    return row * from.width + column;
  });
}
