import type { TinyDecoderConfig } from '../config/tiny-autoencoder-config.ts';
import { kernel3, tinyBlocks } from '../modules/autoencoder-tiny-block.ts';
import { upsampleNearest } from '../modules/resnet.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { relu } from '../ops/activations.ts';
import { conv2d, toChannelsFirst, toChannelsLast } from '../ops/conv2d.ts';
import { cast, multiply, staticSize, transpose } from '../ops/tensor.ts';
import type { UNetOptions } from './unet.ts';
import { vaeDecoderTensors } from './vae-decoder.ts';
import { vaeEncoderPrefix } from './vae-encoder.ts';

/** TAESD's soft limit of latents: they are taken for what lies within ±3. */
const limit = 3;

/**
 * Builds the decoder of an AutoencoderTiny (TAESD), with the names of vaeDecoderTensors. Input: latents f32 [1, 4, h, w]
 * as the UNet knows them. Output: image f32 [1, 3, f·h, f·w] in 0…1, not clamped.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildTinyDecoder(config: TinyDecoderConfig, weights: GraphWeights, options: UNetOptions): BuiltGraph {
  const graph = new GraphBuilder('tiny-decoder', options.kernels);
  const parameters = new Parameters(graph, weights);
  const shape = [1, config.latent_channels, options.height, options.width];
  const latents = graph.input(vaeDecoderTensors.latents, 'float32', shape);
  const sample = transpose(graph, cast(graph, limited(graph, latents, config), parameters.type), toChannelsLast);
  const decoded = decoder(graph, parameters.scope('decoder.layers'), sample, config);
  graph.output(vaeDecoderTensors.image, cast(graph, transpose(graph, decoded, toChannelsFirst), 'float32'));
  parameters.refuseExtra((name) => name.startsWith(vaeEncoderPrefix));
  return builtGraph(graph, parameters.used);
}

/** 3 · tanh(z / 3) of unscaled latents. */
function limited(graph: GraphBuilder, latents: Value, { scaling_factor: factor }: TinyDecoderConfig): Value {
  const before = graph.floats('1 / (limit · scaling_factor)', [1 / (limit * factor)], [1], 'float32');
  const after = graph.floats('limit', [limit], [1], 'float32');
  return multiply(graph, graph.node('Tanh', [multiply(graph, latents, before)], latents), after);
}

/** diffusers' DecoderTiny on a channels-last map: its layers are counted through. */
function decoder(graph: GraphBuilder, layers: Parameters, sample: Value, config: TinyDecoderConfig): Value {
  const { decoder_block_out_channels: widths, num_decoder_blocks: blocks } = config;
  let hidden = relu(graph, conv2d(graph, layers.scope('0'), sample, widths[0] ?? 0, kernel3));
  // Behind the first convolution and its activation.
  let layer = 2;
  for (const [stage, count] of blocks.entries()) {
    hidden = tinyBlocks(graph, layers, hidden, { first: layer, count });
    layer += count;
    if (stage === blocks.length - 1) break;
    hidden = upsampleNearest(graph, hidden, 2 * staticSize(hidden, 1), 2 * staticSize(hidden, 2));
    const options = { ...kernel3, bias: false };
    hidden = conv2d(graph, layers.scope(String(layer + 1)), hidden, widths[stage] ?? 0, options);
    layer += 2;
  }
  return conv2d(graph, layers.scope(String(layer)), hidden, config.out_channels, kernel3);
}
