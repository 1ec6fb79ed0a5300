import type { ClipTowerConfig } from '../config/clip-config.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { gelu, quickGelu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';

const activations = { quick_gelu: quickGelu, gelu };

/** transformers' CLIPEncoder on [N, S, D]. `mask` is added to the attention scores. */
export function clipEncoder(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  config: ClipTowerConfig,
  mask?: Value,
): Value {
  let hidden = x;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    hidden = encoderLayer(graph, parameters.scope(`layers.${layer}`), hidden, config, mask);
  }
  return hidden;
}

function encoderLayer(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  config: ClipTowerConfig,
  mask: Value | undefined,
): Value {
  const normed = (name: string, value: Value): Value =>
    layerNorm(graph, parameters.scope(name), value, config.layer_norm_eps);
  const attended = add(
    graph,
    x,
    selfAttention(graph, parameters.scope('self_attn'), normed('layer_norm1', x), config, mask),
  );
  return add(graph, attended, feedForward(graph, parameters.scope('mlp'), normed('layer_norm2', attended), config));
}

function selfAttention(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  config: ClipTowerConfig,
  mask: Value | undefined,
): Value {
  const project = (name: string): Value => linear(graph, parameters.scope(name), x, config.hidden_size);
  const inputs = { query: project('q_proj'), key: project('k_proj'), value: project('v_proj') };
  const attended = multiHeadAttention(
    graph,
    mask === undefined ? inputs : { ...inputs, bias: mask },
    config.num_attention_heads,
  );
  return linear(graph, parameters.scope('out_proj'), attended, config.hidden_size);
}

function feedForward(graph: GraphBuilder, parameters: Parameters, x: Value, config: ClipTowerConfig): Value {
  const hidden = linear(graph, parameters.scope('fc1'), x, config.intermediate_size);
  return linear(graph, parameters.scope('fc2'), activations[config.hidden_act](graph, hidden), config.hidden_size);
}
