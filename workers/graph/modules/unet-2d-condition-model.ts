import { downBlockConfigs, midBlockConfig, type UNetConfig, upBlockConfigs } from '../config/unet-config.ts';
import { type GraphBuilder, int, type Value } from '../onnx/graph-builder.ts';
import { conv2d } from '../ops/conv2d.ts';
import { groupNorm } from '../ops/normalization.ts';
import { cast, reshape, staticSize, transpose } from '../ops/tensor.ts';
import type { DetailAttention } from './detail-attention.ts';
import type { LookAttention } from './look-attention.ts';
import type { WordMapLayer } from './word-map-layer.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { downBlock2D, midBlock2D, upBlock2D, upLayer2D } from './unet-2d-blocks.ts';
import { branchDimension } from './dimensions.ts';
import type { KeyValue, UNetContext } from './unet-context.ts';

export interface UNetInputs {
  /** [1, C, h·w] f32 */
  readonly latents: Value;
  /** [1, inpaintingChannels, h·w] f32; null where the network reads the latents alone */
  readonly inpainting: Value | null;
  readonly height: number;
  readonly width: number;
  /** [B, 1, 1] in the compute type */
  readonly branchZeros: Value;
  readonly keyValues: ReadonlyMap<string, KeyValue>;
  readonly wordMaps: WordMapLayer | null;
  readonly look: LookAttention | null;
  readonly detail: DetailAttention | null;
}

const kernel3 = { kernelSize: 3, padding: 1 } as const;

const swapChannelsAndPixels = [0, 2, 1] as const;

/** What the network gives. */
interface UNetOutput {
  /** [B, C, h·w] f32 */
  readonly noise: Value;
  /** [B, h, w, C_d]: what the last layer of the last up block begins with. */
  readonly deepFeatures: Value;
}

/**
 * What a network that fills in parts reads beside the latents: the mask, the latents of what is around it, and zeros up
 * to a multiple of four channels. ONNX Runtime's convolution on WebGPU is wrong for nine (its issue #29651).
 */
export function inpaintingChannels({ in_channels: read, out_channels: latents }: UNetConfig): number {
  return 4 * Math.ceil(read / 4) - latents;
}

/** diffusers' UNet2DConditionModel for B branches of the same latents. */
export function unet2DConditionModel(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  inputs: UNetInputs,
): UNetOutput {
  const { context, sample } = enter(graph, parameters, config, inputs);
  let hidden = sample;
  const skips = [hidden];
  const downBlocks = downBlockConfigs(config);
  for (const [index, block] of downBlocks.entries()) {
    const isLast = index === downBlocks.length - 1;
    const outputs = downBlock2D(context, parameters.scope(`down_blocks.${index}`), hidden, block, !isLast);
    skips.push(...outputs);
    hidden = outputs.at(-1) ?? hidden;
  }
  const midBlock = midBlockConfig(config);
  if (midBlock !== null) hidden = midBlock2D(context, parameters.scope('mid_block'), hidden, midBlock);
  let deepFeatures = hidden;
  for (const [index, block] of upBlockConfigs(config).entries()) {
    const output = upBlock2D(context, parameters.scope(`up_blocks.${index}`), hidden, block, skips);
    hidden = output.hidden;
    deepFeatures = output.beforeLastLayer;
  }
  return { noise: leave(context, parameters, config, hidden, inputs), deepFeatures };
}

/**
 * The same network where only its first convolution and the last layer of its last up block are computed, and what lies
 * between them is of an earlier step (DeepCache, Ma et al. 2023, arXiv 2312.00858, with the shallowest branch).
 * @param deepFeatures [B, h, w, C_d] of that step
 * @returns noise predictions [B, C, h·w] f32
 */
export function shallowUNet2DConditionModel(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  inputs: UNetInputs,
  deepFeatures: Value,
): Value {
  const { context, sample } = enter(graph, parameters, config, inputs);
  const upBlocks = upBlockConfigs(config);
  const block = upBlocks.at(-1);
  if (block === undefined) throw new RangeError('The network has no up block.');
  const scope = parameters.scope(`up_blocks.${upBlocks.length - 1}`);
  const hidden = upLayer2D(context, scope, deepFeatures, sample, block, block.layers - 1);
  return leave(context, parameters, config, hidden, inputs);
}

/** What every module needs, and the first convolution. */
function enter(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  inputs: UNetInputs,
): { readonly context: UNetContext; readonly sample: Value } {
  const { branchZeros, keyValues, height, width } = inputs;
  const [firstChannels = 0] = config.block_out_channels;
  const context: UNetContext = {
    graph,
    branchZeros,
    keyValues,
    wordMaps: inputs.wordMaps,
    look: inputs.look,
    detail: inputs.detail,
    groups: config.norm_num_groups,
    epsilon: config.norm_eps,
    useLinearProjection: config.use_linear_projection,
  };
  const channels = inputs.inpainting === null ? inputs.latents : joined(graph, inputs.latents, inputs.inpainting);
  const pixels = transpose(graph, cast(graph, channels, parameters.type), swapChannelsAndPixels);
  const map = reshape(graph, pixels, [1, height, width, staticSize(channels, 1)]);
  const convolution = { ...kernel3, inChannels: config.in_channels };
  return { context, sample: conv2d(graph, parameters.scope('conv_in'), map, firstChannels, convolution) };
}

/** The last norm and convolution → [B, C, h·w] f32 */
function leave(
  { graph, groups, epsilon }: UNetContext,
  parameters: Parameters,
  config: UNetConfig,
  x: Value,
  { height, width }: Pick<UNetInputs, 'height' | 'width'>,
): Value {
  const hidden = groupNorm(graph, parameters.scope('conv_norm_out'), x, { groups, epsilon, silu: true });
  const noise = conv2d(graph, parameters.scope('conv_out'), hidden, config.out_channels, kernel3);
  const flat = reshape(graph, noise, [branchDimension, height * width, config.out_channels]);
  return cast(graph, transpose(graph, flat, swapChannelsAndPixels), 'float32');
}

/** Two maps of flat pixels, one's channels after the other's. */
function joined(graph: GraphBuilder, first: Value, second: Value): Value {
  const shape = [1, staticSize(first, 1) + staticSize(second, 1), staticSize(first, 2)];
  return graph.node('Concat', [first, second], { type: first.type, shape }, { attributes: { axis: int(1) } });
}
