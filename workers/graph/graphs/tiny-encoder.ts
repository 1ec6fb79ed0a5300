import type { TinyEncoderConfig } from '../config/tiny-autoencoder-config.ts';
import { kernel3, tinyBlocks } from '../modules/autoencoder-tiny-block.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { conv2d, toChannelsFirst, toChannelsLast } from '../ops/conv2d.ts';
import { add, cast, multiply, transpose } from '../ops/tensor.ts';
import type { UNetOptions } from './unet.ts';
import { vaeEncoderTensors } from './vae-encoder.ts';

/** What the names of the decoder's tensors begin with in an AutoencoderTiny's file. */
export const tinyDecoderPrefix = 'decoder.';

/** Names of the tensors that enter and leave the graph: it gives latents where the full encoder gives their distribution. */
export const tinyEncoderTensors = { image: vaeEncoderTensors.image, latents: 'latents' } as const;

/**
 * Builds the encoder of an AutoencoderTiny (TAESD). Input: image f32 [1, 3, f·h, f·w] in −1…1.
 * Output: latents f32 [1, 4, h, w], not scaled.
 * @param options height and width are those of the latents
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildTinyEncoder(config: TinyEncoderConfig, weights: GraphWeights, options: UNetOptions): BuiltGraph {
  const graph = new GraphBuilder('tiny-encoder', options.kernels);
  const parameters = new Parameters(graph, weights);
  const scale = 2 ** (config.num_encoder_blocks.length - 1);
  const shape = [1, config.in_channels, scale * options.height, scale * options.width];
  const image = graph.input(tinyEncoderTensors.image, 'float32', shape);
  const pixels = transpose(graph, cast(graph, toUnit(graph, image), parameters.type), toChannelsLast);
  const encoded = encoder(graph, parameters.scope('encoder.layers'), pixels, config);
  graph.output(tinyEncoderTensors.latents, cast(graph, transpose(graph, encoded, toChannelsFirst), 'float32'));
  parameters.refuseExtra((name) => name.startsWith(tinyDecoderPrefix));
  return builtGraph(graph, parameters.used);
}

/** −1…1 → 0…1 */
function toUnit(graph: GraphBuilder, x: Value): Value {
  const half = graph.floats('half', [0.5], [1], 'float32');
  return add(graph, multiply(graph, x, half), half);
}

/** diffusers' EncoderTiny on a channels-last map: its layers are counted through. */
function encoder(graph: GraphBuilder, layers: Parameters, pixels: Value, config: TinyEncoderConfig): Value {
  const { encoder_block_out_channels: widths, num_encoder_blocks: blocks } = config;
  let hidden = pixels;
  let layer = 0;
  for (const [stage, count] of blocks.entries()) {
    const options = stage === 0 ? kernel3 : { ...kernel3, stride: 2, bias: false };
    hidden = conv2d(graph, layers.scope(String(layer)), hidden, widths[stage] ?? 0, options);
    hidden = tinyBlocks(graph, layers, hidden, { first: layer + 1, count });
    layer += 1 + count;
  }
  return conv2d(graph, layers.scope(String(layer)), hidden, config.latent_channels, kernel3);
}
