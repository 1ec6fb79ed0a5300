import { downBlockConfigs, midBlockConfig, type UNetConfig, upBlockConfigs } from '../config/unet-config.ts';
import { activatedTimestepEmbedding } from './embeddings.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { conv2d } from '../ops/conv2d.ts';
import { groupNorm } from '../ops/normalization.ts';
import { cast, reshape, transpose } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { downBlock2D, midBlock2D, upBlock2D } from './unet-2d-blocks.ts';
import { branchDimension, type KeyValue, toBranches, type UNetContext } from './unet-context.ts';

interface UNetInputs {
  /** [1, C, h·w] f32 */
  readonly latents: Value;
  readonly height: number;
  readonly width: number;
  /** [1, C0] f32: the sinusoid of the timestep */
  readonly timeEmbedding: Value;
  /** [1, D] f32: the embedding of the guidance scale; null where the network does not read it */
  readonly timestepCond: Value | null;
  /** [B, 1, 1] in the compute type */
  readonly branchZeros: Value;
  readonly keyValues: ReadonlyMap<string, KeyValue>;
}

const kernel3 = { kernelSize: 3, padding: 1 } as const;

const swapChannelsAndPixels = [0, 2, 1] as const;

/** diffusers' UNet2DConditionModel for B branches of the same latents → noise predictions [B, C, h·w] f32. */
export function unet2DConditionModel(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  inputs: UNetInputs,
): Value {
  const { branchZeros, keyValues, height, width } = inputs;
  const groups = config.norm_num_groups;
  const epsilon = config.norm_eps;
  const [firstChannels = 0] = config.block_out_channels;

  const sinusoid = cast(graph, inputs.timeEmbedding, parameters.type);
  const shared = activatedTimestepEmbedding(
    graph,
    parameters.scope('time_embedding'),
    sinusoid,
    4 * firstChannels,
    inputs.timestepCond === null ? null : cast(graph, inputs.timestepCond, parameters.type),
  );
  const timeEmbedding = { shared, branches: toBranches({ graph, branchZeros }, shared) };
  const context: UNetContext = {
    graph,
    branchZeros,
    keyValues,
    timeEmbedding,
    groups,
    epsilon,
    useLinearProjection: config.use_linear_projection,
  };
  const pixels = transpose(graph, cast(graph, inputs.latents, parameters.type), swapChannelsAndPixels);
  const sample = reshape(graph, pixels, [1, height, width, config.in_channels]);
  let hidden = conv2d(graph, parameters.scope('conv_in'), sample, firstChannels, kernel3);

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
  for (const [index, block] of upBlockConfigs(config).entries()) {
    hidden = upBlock2D(context, parameters.scope(`up_blocks.${index}`), hidden, block, skips);
  }
  hidden = groupNorm(graph, parameters.scope('conv_norm_out'), hidden, { groups, epsilon, silu: true });
  const noise = conv2d(graph, parameters.scope('conv_out'), hidden, config.out_channels, kernel3);
  const flat = reshape(graph, noise, [branchDimension, height * width, config.out_channels]);
  return cast(graph, transpose(graph, flat, swapChannelsAndPixels), 'float32');
}
