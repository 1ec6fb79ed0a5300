import type { AutoencoderEncoderConfig } from '../config/autoencoder-config.ts';
import { resnetBlock2D } from '../modules/resnet.ts';
import { vaeEpsilon, vaeMidBlock } from '../modules/vae-mid-block.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { conv2d, toChannelsFirst, toChannelsLast } from '../ops/conv2d.ts';
import { linear } from '../ops/linear.ts';
import { groupNorm } from '../ops/normalization.ts';
import { cast, transpose } from '../ops/tensor.ts';
import type { UNetOptions } from './unet.ts';

/** Names of the tensors that enter and leave the graph. */
export const vaeEncoderTensors = { image: 'image', moments: 'moments' } as const;

/** What the names of the encoder's tensors begin with in an AutoencoderKL's file. */
export const vaeEncoderPrefix = 'encoder.';

const kernel3 = { kernelSize: 3, padding: 1 } as const;
/** diffusers' Downsample2D without padding of its own: the autoencoder pads at the bottom and on the right. */
const downsample = { kernelSize: 3, stride: 2, paddingAfter: 1 } as const;

/**
 * Builds the encoder of an AutoencoderKL. Input: image f32 [1, 3, f·h, f·w] in −1…1.
 * Output: moments f32 [1, 8, h, w]: the mean of the latents and the logarithm of their variance, neither scaled nor
 * clamped.
 * @param options height and width are those of the latents
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildVaeEncoder(
  config: AutoencoderEncoderConfig,
  weights: GraphWeights,
  options: UNetOptions,
): BuiltGraph {
  const graph = new GraphBuilder('vae-encoder', options.kernels);
  const parameters = new Parameters(graph, weights);
  const scale = 2 ** (config.block_out_channels.length - 1);
  const image = graph.input(vaeEncoderTensors.image, 'float32', [
    1,
    config.in_channels,
    scale * options.height,
    scale * options.width,
  ]);
  const pixels = transpose(graph, cast(graph, image, parameters.type), toChannelsLast);
  const encoded = quantConv(graph, parameters, encoder(graph, parameters.scope('encoder'), pixels, config), config);
  graph.output(vaeEncoderTensors.moments, cast(graph, transpose(graph, encoded, toChannelsFirst), 'float32'));
  parameters.refuseExtra((name) => name.startsWith('decoder.') || name.startsWith('post_quant_conv.'));
  return builtGraph(graph, parameters.used);
}

function quantConv(graph: GraphBuilder, parameters: Parameters, x: Value, config: AutoencoderEncoderConfig): Value {
  if (!config.use_quant_conv) return x;
  const channels = 2 * config.latent_channels;
  return linear(graph, parameters.scope('quant_conv'), x, channels, { weightShape: [channels, channels, 1, 1] });
}

/** diffusers' Encoder on a channels-last map. */
function encoder(graph: GraphBuilder, parameters: Parameters, pixels: Value, config: AutoencoderEncoderConfig): Value {
  const norm = { groups: config.norm_num_groups, epsilon: vaeEpsilon };
  const { block_out_channels: blocks } = config;
  let hidden = conv2d(graph, parameters.scope('conv_in'), pixels, blocks[0] ?? 0, kernel3);
  for (const [index, channels] of blocks.entries()) {
    const block = parameters.scope(`down_blocks.${index}`);
    for (let layer = 0; layer < config.layers_per_block; layer++) {
      hidden = resnetBlock2D(graph, block.scope(`resnets.${layer}`), hidden, { ...norm, channels });
    }
    if (index === blocks.length - 1) break;
    hidden = conv2d(graph, block.scope('downsamplers.0.conv'), hidden, channels, downsample);
  }
  hidden = vaeMidBlock(graph, parameters.scope('mid_block'), hidden, config);
  hidden = groupNorm(graph, parameters.scope('conv_norm_out'), hidden, { ...norm, silu: true });
  return conv2d(graph, parameters.scope('conv_out'), hidden, 2 * config.latent_channels, kernel3);
}
