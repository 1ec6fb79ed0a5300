import type { Value } from '../onnx/graph-builder.ts';
import type { BlockConfig } from '../config/unet-config.ts';
import { geglu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add, staticSize } from '../ops/tensor.ts';
import type { Grid } from './look-names.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { toBranches, type UNetContext } from './unet-context.ts';

interface TransformerBlock extends Pick<BlockConfig, 'heads' | 'onlyCrossAttention'> {
  /** Of the map whose places are the S of [N, S, C]. */
  readonly grid: Grid;
  /** Whether only a product reads its output: the bias of its last layer then comes with that product's. */
  readonly isLast: boolean;
}

/**
 * diffusers' BasicTransformerBlock on [N, S, C]: self-attention, in late layers to references too (to the text where
 * only_cross_attention says so), cross-attention to the text and to pictures, GEGLU feed-forward.
 */
export function basicTransformerBlock(
  context: UNetContext,
  parameters: Parameters,
  x: Value,
  block: TransformerBlock,
): Value {
  const { graph } = context;
  const normed = (name: string, value: Value): Value => layerNorm(graph, parameters.scope(name), value);
  const first = block.onlyCrossAttention ? crossAttention : selfAttention;
  const afterSelf = add(graph, x, first(context, parameters.scope('attn1'), normed('norm1', x), block));
  const afterCross = add(
    graph,
    afterSelf,
    crossAttention(context, parameters.scope('attn2'), normed('norm2', afterSelf), block),
  );
  return feedForward(context, parameters.scope('ff'), normed('norm3', afterCross), afterCross, block);
}

function selfAttention(context: UNetContext, parameters: Parameters, x: Value, block: TransformerBlock): Value {
  const { graph, detail } = context;
  const { heads, grid } = block;
  const channels = staticSize(x, -1);
  const project = (name: string): Value => linear(graph, parameters.scope(name), x, channels, { bias: false });
  const inputs = { query: project('to_q'), key: project('to_k'), value: project('to_v') };
  const attended =
    detail?.attend({ path: parameters.modulePath, ...inputs, heads, grid }) ?? multiHeadAttention(graph, inputs, heads);
  return linear(graph, parameters.scope('to_out.0'), attended, channels);
}

/** Keys and values come from outside: they depend on text and pictures alone and are computed once a run. */
function crossAttention(context: UNetContext, parameters: Parameters, x: Value, block: TransformerBlock): Value {
  const { graph, keyValues, look, wordMaps } = context;
  const { heads, grid } = block;
  const channels = staticSize(x, -1);
  const states = keyValues.get(parameters.modulePath);
  if (states === undefined) throw new RangeError(`No keys and values for ${parameters.modulePath}.`);
  const query = toBranches(context, linear(graph, parameters.scope('to_q'), x, channels, { bias: false }));
  const text = multiHeadAttention(graph, { query, ...states }, heads);
  const path = parameters.modulePath;
  wordMaps?.read({ path, query, key: states.key, heads });
  const seen = look?.attend({ path, query, heads, grid }) ?? null;
  return linear(graph, parameters.scope('to_out.0'), seen === null ? text : add(graph, text, seen), channels);
}

/** The feed-forward, and the residual. */
function feedForward(
  { graph }: UNetContext,
  parameters: Parameters,
  x: Value,
  residual: Value,
  { isLast }: TransformerBlock,
): Value {
  const channels = staticSize(x, -1);
  const hidden = geglu(graph, parameters.scope('net.0'), x, 4 * channels);
  const last = parameters.scope('net.2');
  return isLast
    ? linear(graph, last, hidden, channels, { plus: residual })
    : add(graph, residual, linear(graph, last, hidden, channels));
}
