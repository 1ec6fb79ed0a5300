import { float, type GraphBuilder, int, microsoft, type Value } from '../onnx/graph-builder.ts';
import type { Attribute } from '../onnx/onnx-writer.ts';
import { add, cast, matMul, multiply, reshape, staticSize, transpose } from './tensor.ts';

interface AttentionInputs {
  /** [N, S, heads · d] */
  readonly query: Value;
  /** [N, T, heads · d], or [N, heads, T, d] where they stay the same over many runs */
  readonly key: Value;
  /** As the key */
  readonly value: Value;
  /** Added to the scores before the softmax, broadcast to [N, heads, S, T]: a causal mask. */
  readonly bias?: Value;
  /** What scores are multiplied by, if not 1 / √d. */
  readonly scale?: number;
}

/** softmax(q·kᵀ / √d + bias)·v for each head → [N, S, heads · d]. */
export function multiHeadAttention(graph: GraphBuilder, inputs: AttentionInputs, heads: number): Value {
  if (graph.kernels === 'software-gpu') return plainAttention(graph, inputs, heads);
  const { query, key, value, bias } = inputs;
  const attributes = { num_heads: int(heads), scale: float(inputs.scale ?? scaleOf(query, heads)) };
  const options = { domain: microsoft, attributes };
  if (canStandForPast(graph, inputs)) return attendToPast(graph, inputs, options);
  const optional = bias === undefined ? [] : [null, null, bias];
  return graph.node('MultiHeadAttention', [query, key, value, ...optional], query, options);
}

/**
 * ONNX Runtime's flash attention copies keys and values into [N, heads, T, d] at every run, unless they are said to be
 * of earlier tokens and there are no new ones. Adapters of Qualcomm have it for sizes of heads that divide by 8.
 */
function canStandForPast(graph: GraphBuilder, { key }: AttentionInputs): boolean {
  return graph.kernels === 'gpu' && hasHeads(key) && staticSize(key, -1) % 8 === 0;
}

/** Without outputs for all tokens, of which nothing is written, the kernel does not look at earlier ones. */
function attendToPast(
  graph: GraphBuilder,
  { query, key, value, bias }: AttentionInputs,
  options: { readonly domain: string; readonly attributes: Readonly<Record<string, Attribute>> },
): Value {
  const nothing = noTokens(graph, query);
  const terms = [query, nothing, nothing, null, null, bias ?? null, key, value];
  const outputs = [query, key, value].map(({ type, shape }) => ({ type, shape }));
  const [seen = query] = graph.nodes('MultiHeadAttention', terms, outputs, { ...options, keepsUnread: true });
  return seen;
}

/** [N, 0, C]: a tensor of no elements, for which the GPU is asked nothing. */
function noTokens(graph: GraphBuilder, x: Value): Value {
  const [batch = 1, , channels = 1] = x.shape;
  const zero = graph.integers([0]);
  return graph.node('Slice', [x, zero, zero, graph.integers([1])], { type: x.type, shape: [batch, 0, channels] });
}

const hasHeads = ({ shape }: Value): boolean => shape.length === 4;

function scaleOf(query: Value, heads: number): number {
  return 1 / Math.sqrt(staticSize(query, -1) / heads);
}

/** The same from general operators: ONNX Runtime's flash attention takes a software adapter minutes to compile. */
function plainAttention(
  graph: GraphBuilder,
  { query, key, value, bias, scale }: AttentionInputs,
  heads: number,
): Value {
  const queries = scaledHeads(graph, query, heads, scale ?? scaleOf(query, heads));
  const scores = matMul(graph, queries, transposedHeads(graph, key, heads));
  const biased = bias === undefined ? scores : add(graph, scores, bias);
  const weights = softmax(graph, biased);
  const values = hasHeads(value) ? value : splitHeads(graph, value, heads);
  return reshape(graph, transpose(graph, matMul(graph, weights, values), [0, 2, 1, 3]), query.shape);
}

/** softmax(q·kᵀ / √d) for each head, f32 [N, heads, S, T]. */
export function attentionWeights(
  graph: GraphBuilder,
  { query, key }: Pick<AttentionInputs, 'query' | 'key'>,
  heads: number,
): Value {
  const queries = scaledHeads(graph, query, heads, scaleOf(query, heads));
  const scores = matMul(graph, queries, transposedHeads(graph, key, heads));
  return softmax(graph, cast(graph, scores, 'float32'));
}

/** q · scale for each head, [N, heads, S, d] */
function scaledHeads(graph: GraphBuilder, query: Value, heads: number, scale: number): Value {
  const type = query.type === 'float16' ? 'float16' : 'float32';
  const factor = graph.floats(`attention scale ${scale}`, [scale], [1], type);
  return splitHeads(graph, multiply(graph, query, factor), heads);
}

function softmax(graph: GraphBuilder, scores: Value): Value {
  return graph.node('Softmax', [scores], scores, { attributes: { axis: int(3) } });
}

/** [N, S, heads · d] → [N, heads, S, d] */
export function splitHeads(graph: GraphBuilder, x: Value, heads: number): Value {
  const split = reshape(graph, x, [...x.shape.slice(0, 2), heads, staticSize(x, -1) / heads]);
  return transpose(graph, split, [0, 2, 1, 3]);
}

/** [N, T, heads · d] or [N, heads, T, d] → [N, heads, d, T] */
function transposedHeads(graph: GraphBuilder, x: Value, heads: number): Value {
  if (hasHeads(x)) return transpose(graph, x, [0, 1, 3, 2]);
  const [batch = 1, tokens = 1] = x.shape;
  return reshape(graph, transpose(graph, x, [0, 2, 1]), [batch, heads, staticSize(x, -1) / heads, tokens]);
}
