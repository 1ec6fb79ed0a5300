import type { IpAdapterConfig, ImageProjection } from '../../checkpoint/kinds/ip-adapter-config.ts';
import type { ClipVisionConfig } from '../config/clip-config.ts';
import {
  clipHiddenStates,
  clipImageEmbeds,
  refuseExtraVisionTensors,
  visionTokens,
} from '../modules/clip-vision-model.ts';
import { imageProjection } from '../modules/image-projection.ts';
import { GraphBuilder, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { cast } from '../ops/tensor.ts';

/** Names of the tensors that enter and leave the graphs. */
export const lookTokensTensors = {
  pixelValues: 'pixel_values',
  features: 'image_features',
  tokens: 'tokens',
} as const;

/** What of an image encoder a projection reads: its pooled embedding, or the hidden states before its last layer. */
export type LookFeatures = 'pooled' | 'penultimate';

/** An image encoder as an adapter uses it. */
export type LookImageEncoderConfig = ClipVisionConfig & { readonly features: LookFeatures };

export function lookFeatures({ kind }: ImageProjection): LookFeatures {
  return kind === 'plain' ? 'pooled' : 'penultimate';
}

interface Options {
  readonly kernels: KernelSet;
}

/**
 * Builds the way from a picture to the tokens that a network attends to (Ye et al. 2023): image encoder, then image
 * projection. Input: pixel_values f32 [1, 3, S, S]. Outputs: image_features f32 [1, P] or [1, N, E]; with a projection,
 * tokens f32 [1, T, D].
 * @param adapter null for the image encoder alone, whose file can so be checked by itself
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildLookTokens(
  encoder: { readonly config: LookImageEncoderConfig; readonly weights: GraphWeights },
  adapter: { readonly config: IpAdapterConfig; readonly weights: GraphWeights } | null,
  { kernels }: Options,
): BuiltGraph {
  const { config } = encoder;
  const graph = new GraphBuilder('look-tokens', kernels);
  const vision = new Parameters(graph, encoder.weights);
  const { pixelValues, features } = lookTokensTensors;
  const pixels = graph.input(pixelValues, 'float32', [1, config.num_channels, config.image_size, config.image_size]);
  const pooled = config.features === 'pooled';
  const read = pooled ? clipImageEmbeds : clipHiddenStates;
  const seen = read(graph, vision, pixels, config);
  refuseExtraVisionTensors(vision, pooled ? null : config);
  graph.output(features, cast(graph, seen, 'float32'));
  if (adapter !== null) project(graph, new Parameters(graph, adapter.weights), seen, adapter.config.projection);
  return builtGraph(graph, vision.used);
}

/**
 * Builds an image projection by itself: tokens of features that are made up, e.g. of no picture.
 * Input: image_features f32 [1, E] or [1, N, E]. Output: tokens f32 [1, T, D].
 * @param vision the image encoder that such features come from
 */
export function buildImageProjection(
  { projection }: IpAdapterConfig,
  weights: GraphWeights,
  { kernels, vision }: Options & { readonly vision: ClipVisionConfig },
): BuiltGraph {
  const graph = new GraphBuilder('image-projection', kernels);
  const parameters = new Parameters(graph, weights);
  const { embedDim } = projection;
  const shape = lookFeatures(projection) === 'pooled' ? [1, embedDim] : [1, visionTokens(vision), embedDim];
  project(graph, parameters, graph.input(lookTokensTensors.features, 'float32', shape), projection);
  return builtGraph(graph, parameters.used);
}

/**
 * The tensors of an adapter: its image projection, and keys and values [C, D] of each of its layers.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function ipAdapterTensors({ projection, layers }: IpAdapterConfig, weights: GraphWeights): ReadonlySet<string> {
  const graph = new GraphBuilder('ip-adapter', 'portable');
  const parameters = new Parameters(graph, weights);
  const { embedDim, tokenDim } = projection;
  const shape = lookFeatures(projection) === 'pooled' ? [1, embedDim] : [1, 1, embedDim];
  project(graph, parameters, graph.input(lookTokensTensors.features, 'float32', shape), projection);
  for (const { index, channels } of layers)
    for (const name of ['to_k_ip', 'to_v_ip'])
      parameters.scope(`ip_adapter.${index}.${name}`).readByHost('weight', [channels, tokenDim]);
  parameters.refuseExtra();
  return parameters.used;
}

function project(graph: GraphBuilder, parameters: Parameters, features: Value, projection: ImageProjection): void {
  const tokens = imageProjection(graph, parameters.scope('image_proj'), features, projection);
  graph.output(lookTokensTensors.tokens, cast(graph, tokens, 'float32'));
}
