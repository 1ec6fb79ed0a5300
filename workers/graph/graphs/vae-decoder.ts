import type { AutoencoderConfig } from '../config/autoencoder-config.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { conv2d, toChannelsFirst, toChannelsLast } from '../ops/conv2d.ts';
import { linear } from '../ops/linear.ts';
import { groupNorm } from '../ops/normalization.ts';
import { add, cast, multiply, staticSize, transpose } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { resnetBlock2D, upsample2D } from '../modules/resnet.ts';
import type { UNetOptions } from './unet.ts';
import { vaeEncoderPrefix } from './vae-encoder.ts';
import { vaeEpsilon, vaeMidBlock } from '../modules/vae-mid-block.ts';

/** Names of the tensors that enter and leave the graph. */
export const vaeDecoderTensors = { latents: 'latents', image: 'image' } as const;

const kernel3 = { kernelSize: 3, padding: 1 } as const;

/**
 * Builds the decoder of an AutoencoderKL. Input: latents f32 [1, 4, h, w] as the UNet knows them (scaled).
 * Output: image f32 [1, 3, 8h, 8w] in 0…1, not clamped: a GPU's clamp turns NaN into a number, and an overflow would not be seen.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildVaeDecoder(config: AutoencoderConfig, weights: GraphWeights, options: UNetOptions): BuiltGraph {
  const graph = new GraphBuilder('vae-decoder', options.kernels);
  const parameters = new Parameters(graph, weights);
  const latents = graph.input(vaeDecoderTensors.latents, 'float32', [
    1,
    config.latent_channels,
    options.height,
    options.width,
  ]);
  const inverse = graph.floats('1 / scaling_factor', [1 / config.scaling_factor], [1], 'float32');
  const sample = transpose(graph, cast(graph, multiply(graph, latents, inverse), parameters.type), toChannelsLast);
  const decoded = decoder(graph, parameters.scope('decoder'), postQuantConv(graph, parameters, sample, config), config);
  graph.output(vaeDecoderTensors.image, toImage(graph, transpose(graph, decoded, toChannelsFirst)));
  parameters.refuseExtra((name) => name.startsWith(vaeEncoderPrefix) || name.startsWith('quant_conv.'));
  return builtGraph(graph, parameters.used);
}

function postQuantConv(graph: GraphBuilder, parameters: Parameters, sample: Value, config: AutoencoderConfig): Value {
  if (!config.use_post_quant_conv) return sample;
  const channels = config.latent_channels;
  return linear(graph, parameters.scope('post_quant_conv'), sample, channels, {
    weightShape: [channels, channels, 1, 1],
  });
}

/** diffusers' Decoder on a channels-last map. */
function decoder(graph: GraphBuilder, parameters: Parameters, sample: Value, config: AutoencoderConfig): Value {
  const norm = { groups: config.norm_num_groups, epsilon: vaeEpsilon };
  const resnet = (path: string, x: Value, channels: number): Value =>
    resnetBlock2D(graph, parameters.scope(path), x, { ...norm, channels });
  const reversed = config.block_out_channels.toReversed();
  const [top = 0] = reversed;

  let hidden = conv2d(graph, parameters.scope('conv_in'), sample, top, kernel3);
  hidden = vaeMidBlock(graph, parameters.scope('mid_block'), hidden, config);
  for (const [index, channels] of reversed.entries()) {
    for (let layer = 0; layer <= config.layers_per_block; layer++) {
      hidden = resnet(`up_blocks.${index}.resnets.${layer}`, hidden, channels);
    }
    if (index === reversed.length - 1) break;
    const upsampler = parameters.scope(`up_blocks.${index}.upsamplers.0`);
    hidden = upsample2D(graph, upsampler, hidden, 2 * staticSize(hidden, 1), 2 * staticSize(hidden, 2));
  }
  hidden = groupNorm(graph, parameters.scope('conv_norm_out'), hidden, { ...norm, silu: true });
  return conv2d(graph, parameters.scope('conv_out'), hidden, config.out_channels, kernel3);
}

/** −1…1 → 0…1 */
function toImage(graph: GraphBuilder, x: Value): Value {
  const half = graph.floats('half', [0.5], [1], 'float32');
  return add(graph, multiply(graph, cast(graph, x, 'float32'), half), half);
}
