import type { VitConfig } from '../config/vit-config.ts';
import { type GraphBuilder, int, ints, type Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { gelu, quickGelu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add, cast, reshape, transpose } from '../ops/tensor.ts';

const activations = { gelu, quick_gelu: quickGelu };

/** Files of models with a head have all names under it. */
const published = 'vit';

/** Tensors that a ViT's file may hold beside it: a pooler or a classifier that nobody asks. */
const beside = /(^|\.)pooler\.|^classifier\.|(^|\.)embeddings\.mask_token$/;

/**
 * transformers' ViTModel: pixel_values f32 [1, 3, S, S] to the class token behind the last norm, [1, D]. DINO's
 * embedding of a picture is that.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function vitClassToken(graph: GraphBuilder, root: Parameters, pixelValues: Value, config: VitConfig): Value {
  const parameters = root.has('embeddings.cls_token') ? root : root.scope(published);
  let hidden = embeddings(graph, parameters.scope('embeddings'), pixelValues, config);
  for (let layer = 0; layer < config.num_hidden_layers; layer++)
    hidden = encoderLayer(graph, parameters.scope(`encoder.layer.${layer}`), hidden, config);
  const normed = layerNorm(graph, parameters.scope('layernorm'), hidden, config.layer_norm_eps);
  root.refuseExtra((name) => beside.test(name));
  const token = graph.node(
    'Gather',
    [normed, graph.integers([0])],
    { type: normed.type, shape: [1, 1, config.hidden_size] },
    { attributes: { axis: int(1) } },
  );
  return reshape(graph, token, [1, config.hidden_size]);
}

/** Patches by a convolution whose stride is its kernel, the class token before them, positions added: [1, T, D]. */
function embeddings(graph: GraphBuilder, parameters: Parameters, pixelValues: Value, config: VitConfig): Value {
  const { hidden_size: channels, patch_size: patch, num_channels: colours } = config;
  const grid = Math.floor(config.image_size / patch);
  const projection = parameters.scope('patch_embeddings.projection');
  const weight = projection.tensor('weight', [channels, colours, patch, patch]);
  const { type } = weight;
  const map = graph.node(
    'Conv',
    [cast(graph, pixelValues, parameters.type), weight, projection.tensor('bias', [channels])],
    { type, shape: [1, channels, grid, grid] },
    { attributes: { kernel_shape: ints([patch, patch]), strides: ints([patch, patch]) } },
  );
  const patches = transpose(graph, reshape(graph, map, [1, channels, grid * grid]), [0, 2, 1]);
  const length = grid * grid + 1;
  const tokens = graph.node(
    'Concat',
    [parameters.tensor('cls_token', [1, 1, channels]), patches],
    { type, shape: [1, length, channels] },
    { attributes: { axis: int(1) } },
  );
  return add(graph, tokens, parameters.tensor('position_embeddings', [1, length, channels]));
}

function encoderLayer(graph: GraphBuilder, parameters: Parameters, x: Value, config: VitConfig): Value {
  const normed = (name: string, value: Value): Value =>
    layerNorm(graph, parameters.scope(name), value, config.layer_norm_eps);
  const attended = add(
    graph,
    x,
    selfAttention(graph, parameters.scope('attention'), normed('layernorm_before', x), config),
  );
  return add(graph, attended, feedForward(graph, parameters, normed('layernorm_after', attended), config));
}

function selfAttention(graph: GraphBuilder, parameters: Parameters, x: Value, config: VitConfig): Value {
  const { hidden_size: channels, qkv_bias: bias } = config;
  const project = (name: string): Value => linear(graph, parameters.scope(`attention.${name}`), x, channels, { bias });
  const inputs = { query: project('query'), key: project('key'), value: project('value') };
  return linear(
    graph,
    parameters.scope('output.dense'),
    multiHeadAttention(graph, inputs, config.num_attention_heads),
    channels,
  );
}

function feedForward(graph: GraphBuilder, parameters: Parameters, x: Value, config: VitConfig): Value {
  const hidden = linear(graph, parameters.scope('intermediate.dense'), x, config.intermediate_size);
  return linear(
    graph,
    parameters.scope('output.dense'),
    activations[config.hidden_act](graph, hidden),
    config.hidden_size,
  );
}
