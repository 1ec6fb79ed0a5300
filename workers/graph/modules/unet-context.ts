import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { branchDimension } from './dimensions.ts';
import type { DetailAttention } from './detail-attention.ts';
import type { LookAttention } from './look-attention.ts';
import type { WordMapLayer } from './word-map-layer.ts';
import { add, product, reshape } from '../ops/tensor.ts';

/** Keys and values of one cross-attention for all branches: [B, heads, S, C / heads]. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/**
 * What the modules of the UNet share. A value has batch 1 until the first cross-attention, because the branches see
 * the same latents and timestep; from there on it has the symbolic batch B.
 */
export interface UNetContext {
  readonly graph: GraphBuilder;
  /** [B, 1, 1] zeros: adding them is how a value of batch 1 becomes one of batch B without Shape and Expand. */
  readonly branchZeros: Value;
  /** By the path of the attention module: 'mid_block.attentions.0.transformer_blocks.0.attn2'. */
  readonly keyValues: ReadonlyMap<string, KeyValue>;
  /** null in a network that looks for no words. */
  readonly wordMaps: WordMapLayer | null;
  /** null in a network that looks at no pictures. */
  readonly look: LookAttention | null;
  /** null in a network that sees no references. */
  readonly detail: DetailAttention | null;
  readonly groups: number;
  /** Of the norms of resnets and of the output. */
  readonly epsilon: number;
  readonly useLinearProjection: boolean;
}

/**
 * The same value for each branch: [1, …, C] → [B, …, C]; a value that has the batch B already is returned as it is.
 * What is reshaped is the value: branch_zeros is an input of the graph (see addFusedUpdate).
 */
export function toBranches({ graph, branchZeros }: Pick<UNetContext, 'graph' | 'branchZeros'>, x: Value): Value {
  if (x.shape[0] === branchDimension) return x;
  if (x.shape.length === branchZeros.shape.length) return add(graph, x, branchZeros);
  const tokens = reshape(graph, x, [1, product(x.shape.slice(1, -1)), ...x.shape.slice(-1)]);
  return reshape(graph, add(graph, tokens, branchZeros), [branchDimension, ...x.shape.slice(1)]);
}
