import { clipEncoder } from './clip-encoder.ts';
import type { ClipVisionConfig } from '../config/clip-config.ts';
import { type GraphBuilder, int, ints, type Value } from '../onnx/graph-builder.ts';
import { linear } from '../ops/linear.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add, cast, reshape, transpose } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';

/** Tensors that an image encoder's file may hold beside it: buffers, the rest of a whole CLIP model, or of a safety checker. */
const beside =
  /(^|\.)position_ids$|^(text_model|text_projection)\.|^logit_scale$|^(concept|special_care)_embeds(_weights)?$/;

/** Prefixes of the vision tower: Stable Diffusion's safety checker has it doubled. */
const prefixes = ['vision_model.vision_model', 'vision_model'] as const;

/**
 * transformers' CLIPVisionModelWithProjection: pixel_values f32 [1, 3, S, S], normalized as the preprocessor says, to
 * the raw (not normalized) image_embeds [1, P].
 */
export function clipImageEmbeds(
  graph: GraphBuilder,
  parameters: Parameters,
  pixelValues: Value,
  config: ClipVisionConfig,
): Value {
  const tower = visionTower(parameters);
  const encoded = encode(graph, tower, pixelValues, config, config.num_hidden_layers);
  const pooled = layerNorm(
    graph,
    tower.scope('post_layernorm'),
    classToken(graph, encoded, config),
    config.layer_norm_eps,
  );
  return linear(graph, parameters.scope('visual_projection'), pooled, config.projection_dim, { bias: false });
}

/**
 * hidden_states[-2] of transformers' CLIPVisionModel: what leaves the last layer but one, of the class token and every
 * patch, [1, T, D]. The last layer, the norm behind it and the projection are not used.
 */
export function clipHiddenStates(
  graph: GraphBuilder,
  parameters: Parameters,
  pixelValues: Value,
  config: ClipVisionConfig,
): Value {
  return encode(graph, visionTower(parameters), pixelValues, config, config.num_hidden_layers - 1);
}

/** Class token and patches: the hidden states of a picture. */
export function visionTokens({ image_size: edge, patch_size: patch }: ClipVisionConfig): number {
  return Math.floor(edge / patch) ** 2 + 1;
}

/**
 * @param unread of whose tower the last layer and what is behind it are not used; null where all of it is
 * @throws PinwordError 'extra-tensor'
 */
export function refuseExtraVisionTensors(parameters: Parameters, unread: ClipVisionConfig | null = null): void {
  const last = unread === null ? null : `.encoder.layers.${unread.num_hidden_layers - 1}.`;
  const behind = (name: string): boolean =>
    last !== null && (name.includes(last) || /(^|\.)post_layernorm\.|^visual_projection\./.test(name));
  parameters.refuseExtra((name) => beside.test(name) || behind(name));
}

/** Patches → hidden states [1, T, D] behind this many layers. */
function encode(
  graph: GraphBuilder,
  tower: Parameters,
  pixelValues: Value,
  config: ClipVisionConfig,
  layers: number,
): Value {
  const hidden = layerNorm(
    graph,
    tower.scope('pre_layrnorm'),
    embeddings(graph, tower.scope('embeddings'), pixelValues, config),
    config.layer_norm_eps,
  );
  return clipEncoder(graph, tower.scope('encoder'), hidden, { ...config, num_hidden_layers: layers });
}

function visionTower(parameters: Parameters): Parameters {
  const prefix = prefixes.find((path) => parameters.has(`${path}.embeddings.class_embedding`)) ?? 'vision_model';
  return parameters.scope(prefix);
}

/** Patches by a convolution whose stride is its kernel, the class token before them, positions added: [1, T, D]. */
function embeddings(graph: GraphBuilder, parameters: Parameters, pixelValues: Value, config: ClipVisionConfig): Value {
  const { hidden_size: channels, patch_size: patch, num_channels } = config;
  const grid = Math.floor(config.image_size / patch);
  const weight = parameters.tensor('patch_embedding.weight', [channels, num_channels, patch, patch]);
  const { type } = weight;
  const attributes = { kernel_shape: ints([patch, patch]), strides: ints([patch, patch]) };
  const map = graph.node(
    'Conv',
    [cast(graph, pixelValues, parameters.type), weight],
    { type, shape: [1, channels, grid, grid] },
    { attributes },
  );
  const patches = transpose(graph, reshape(graph, map, [1, channels, grid * grid]), [0, 2, 1]);
  const classEmbedding = parameters.tensor('class_embedding', [channels], [1, 1, channels]);
  const length = visionTokens(config);
  const tokens = graph.node(
    'Concat',
    [classEmbedding, patches],
    { type, shape: [1, length, channels] },
    { attributes: { axis: int(1) } },
  );
  return add(graph, tokens, parameters.tensor('position_embedding.weight', [length, channels], [1, length, channels]));
}

/** The hidden state of the class token, [1, T, D] → [1, D]. */
function classToken(graph: GraphBuilder, hidden: Value, { hidden_size }: ClipVisionConfig): Value {
  const attributes = { axis: int(1) };
  const token = graph.node(
    'Gather',
    [hidden, graph.integers([0])],
    { type: hidden.type, shape: [1, 1, hidden_size] },
    { attributes },
  );
  return reshape(graph, token, [1, hidden_size]);
}
