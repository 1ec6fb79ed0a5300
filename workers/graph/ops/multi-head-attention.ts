import { type GraphBuilder, int, microsoft, type Value } from '../graph-builder.ts';

export interface AttentionInputs {
  /** [N, S, heads · d] */
  readonly query: Value;
  /** [N, T, heads · d] */
  readonly key: Value;
  /** [N, T, heads · dv] */
  readonly value: Value;
  /** Added to the scores before the softmax, broadcast to [N, heads, S, T]: a causal mask. */
  readonly bias?: Value;
}

/** softmax(q·kᵀ / √d + bias)·v for each head → [N, S, heads · dv]. */
export function multiHeadAttention(graph: GraphBuilder, inputs: AttentionInputs, heads: number): Value {
  const { query, key, value, bias } = inputs;
  const optional = bias === undefined ? [] : [null, null, bias];
  const shape = [...query.shape.slice(0, -1), value.shape.at(-1) ?? 1];
  const attributes = { num_heads: int(heads) };
  return graph.node('MultiHeadAttention', [query, key, value, ...optional], { type: query.type, shape }, { domain: microsoft, attributes });
}
