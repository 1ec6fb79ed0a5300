import type { BlockConfig } from '../config/unet-config.ts';
import type { Value } from '../onnx/graph-builder.ts';
import { concatChannels, staticSize } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { downsample2D, resnetBlock2D, upsample2D } from './resnet.ts';
import { transformer2DModel } from './transformer-2d.ts';
import { toBranches, type UNetContext } from './unet-context.ts';

function resnet(context: UNetContext, parameters: Parameters, x: Value, channels: number): Value {
  const { graph, groups, epsilon } = context;
  return resnetBlock2D(graph, parameters, x, { channels, groups, epsilon, hasRunBiases: true });
}

/** A resnet, and after it a transformer where the block attends to the text. */
function layer(context: UNetContext, parameters: Parameters, x: Value, block: BlockConfig, index: number): Value {
  const hidden = resnet(context, parameters.scope(`resnets.${index}`), x, block.channels);
  return block.hasCrossAttention
    ? transformer2DModel(context, parameters.scope(`attentions.${index}`), hidden, block)
    : hidden;
}

/**
 * DownBlock2D or CrossAttnDownBlock2D.
 * @returns the output of every layer and of the downsampler: what the up blocks will be given.
 */
export function downBlock2D(
  context: UNetContext,
  parameters: Parameters,
  x: Value,
  block: BlockConfig,
  downsample: boolean,
): Value[] {
  const outputs: Value[] = [];
  let hidden = x;
  for (let index = 0; index < block.layers; index++) {
    hidden = layer(context, parameters, hidden, block, index);
    outputs.push(hidden);
  }
  if (downsample) outputs.push(downsample2D(context.graph, parameters.scope('downsamplers.0'), hidden));
  return outputs;
}

/** UNetMidBlock2DCrossAttn; or UNetMidBlock2D, which is one resnet in a UNet2DConditionModel. */
export function midBlock2D(context: UNetContext, parameters: Parameters, x: Value, block: BlockConfig): Value {
  const hidden = layer(context, parameters, x, block, 0);
  return block.hasCrossAttention ? resnet(context, parameters.scope('resnets.1'), hidden, block.channels) : hidden;
}

/** One layer of an up block: what came from below, joined with what the way down left for it. */
export function upLayer2D(
  context: UNetContext,
  parameters: Parameters,
  x: Value,
  skip: Value,
  block: BlockConfig,
  index: number,
): Value {
  const joined = concatChannels(context.graph, [toBranches(context, x), toBranches(context, skip)]);
  return layer(context, parameters, joined, block, index);
}

/** What an up block gives, and what its last layer began with. */
interface UpBlockOutput {
  readonly hidden: Value;
  readonly beforeLastLayer: Value;
}

/**
 * UpBlock2D or CrossAttnUpBlock2D.
 * @param skips the outputs of the down blocks that are not used yet; those used here are taken from the end.
 */
export function upBlock2D(
  context: UNetContext,
  parameters: Parameters,
  x: Value,
  block: BlockConfig,
  skips: Value[],
): UpBlockOutput {
  let hidden = x;
  let beforeLastLayer = x;
  for (let index = 0; index < block.layers; index++) {
    const skip = skips.pop();
    if (skip === undefined) throw new RangeError('The up blocks have more layers than the down blocks have outputs.');
    beforeLastLayer = hidden;
    hidden = upLayer2D(context, parameters, hidden, skip, block, index);
  }
  const next = skips.at(-1);
  if (next === undefined) return { hidden, beforeLastLayer };
  const [height, width] = [staticSize(next, 1), staticSize(next, 2)];
  return {
    hidden: upsample2D(context.graph, parameters.scope('upsamplers.0'), hidden, height, width),
    beforeLastLayer,
  };
}
