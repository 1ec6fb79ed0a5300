import { float, type GraphBuilder, int, microsoft, type Value } from '../onnx/graph-builder.ts';
import { add, cast, matMul, multiply, reshape, staticSize, transpose } from './tensor.ts';

interface AttentionInputs {
  /** [N, S, heads · d] */
  readonly query: Value;
  /** [N, T, heads · d] */
  readonly key: Value;
  /** [N, T, heads · d] */
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
  const optional = bias === undefined ? [] : [null, null, bias];
  const attributes = { num_heads: int(heads), scale: float(inputs.scale ?? scaleOf(query, heads)) };
  return graph.node('MultiHeadAttention', [query, key, value, ...optional], query, { domain: microsoft, attributes });
}

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
  const keys = splitTransposedHeads(graph, key, heads);
  const values = graph.isInput(value)
    ? transpose(graph, splitTransposedHeads(graph, value, heads), [0, 1, 3, 2])
    : splitHeads(graph, value, heads);
  const scores = matMul(graph, queries, keys);
  const biased = bias === undefined ? scores : add(graph, scores, bias);
  const weights = softmax(graph, biased);
  return reshape(graph, transpose(graph, matMul(graph, weights, values), [0, 2, 1, 3]), query.shape);
}

/** softmax(q·kᵀ / √d) for each head, f32 [N, heads, S, T]. */
export function attentionWeights(
  graph: GraphBuilder,
  { query, key }: Pick<AttentionInputs, 'query' | 'key'>,
  heads: number,
): Value {
  const scores = matMul(
    graph,
    scaledHeads(graph, query, heads, scaleOf(query, heads)),
    splitTransposedHeads(graph, key, heads),
  );
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
function splitHeads(graph: GraphBuilder, x: Value, heads: number): Value {
  const split = reshape(graph, x, [...x.shape.slice(0, 2), heads, staticSize(x, -1) / heads]);
  return transpose(graph, split, [0, 2, 1, 3]);
}

/** [N, T, heads · d] → [N, heads, d, T]. The Reshape comes second, because x may be an input of the graph. */
function splitTransposedHeads(graph: GraphBuilder, x: Value, heads: number): Value {
  const [batch = 1, tokens = 1] = x.shape;
  return reshape(graph, transpose(graph, x, [0, 2, 1]), [batch, heads, staticSize(x, -1) / heads, tokens]);
}
