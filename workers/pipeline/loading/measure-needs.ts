import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { partIds, partSpecs } from '../model/parts.ts';
import { crossAttentionLayers } from '../../graph/modules/cross-attention-layers.ts';
import { visionTokens } from '../../graph/modules/clip-vision-model.ts';
import { detailLayers } from '../../graph/modules/detail-names.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { wordMapBlock } from '../../graph/modules/look-grids.ts';
import { buildRunBiases } from '../../graph/graphs/run-biases.ts';
import { buildShallowUNet, buildUNet } from '../../graph/graphs/unet.ts';
import { vaeScale } from '../modules/latent-size.ts';
import { asDtype, countWeights, weightCounts, type FoundPart, type FoundParts } from './found-part.ts';

/** What tensors a graph uses depends neither on the size nor on the kernels. */
const anySize = { kernels: 'portable', height: 8, width: 8 } as const;

/** What a checkpoint needs for pictures of the size that it was made for. @param loaded the parts that are loaded with it */
export function memoryNeeds(found: FoundParts, kernels: KernelSet, loaded: readonly FoundPart<unknown>[]): MemoryNeeds {
  const {
    sample_size: sampleSize,
    block_out_channels: channels,
    attention_head_dim: heads,
    down_block_types: blocks,
  } = found.unet.config;
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize ?? 64, sampleSize ?? 64];
  const [last = 128, beforeLast = last] = found.vaeDecoder.config.block_out_channels;
  return {
    weights: countByMemory(found, loaded),
    shallowWeights: countShallow(found.unet),
    reuses: false,
    references: 0,
    detailWidth: detailLayers(found.unet.config).reduce(
      (sum, { channels, level }) => sum + (2 * channels) / 4 ** level,
      0,
    ),
    findsWords: false,
    wordMapHeads: wordMapHeads(found.unet.config),
    unetChannels: channels[0] ?? 320,
    writtenHeads: kernels === 'gpu' ? 0 : (heads[blocks.indexOf('CrossAttnDownBlock2D')] ?? 0),
    vaeChannels: { last, beforeLast },
    vaeScale: vaeScale(found.vaeDecoder.config),
    tinyChannels: found.tinyDecoder?.config.decoder_block_out_channels[0] ?? 0,
    decoder: 'full',
    seesSteps: false,
    statesOfToken: crossAttentionLayers(found.unet.config).reduce((sum, layer) => sum + 2 * layer.channels, 0),
    tokens: { text: found.textEncoder.config.max_position_embeddings, look: tokensOfLook(found) },
    height,
    width,
  };
}

/** Of the layer that tells of pinned words. */
function wordMapHeads(config: UNetConfig): number {
  const { path, level } = wordMapBlock(config);
  const layer = crossAttentionLayers(config).find((candidate) => candidate.path.startsWith(`${path}.`));
  return (layer?.heads ?? 0) / 4 ** level;
}

/** Of one picture. */
export function tokensOfLook({ ipAdapter, lookImageEncoder }: FoundParts): number {
  if (ipAdapter === null || lookImageEncoder === null) return 0;
  const { projection } = ipAdapter.config;
  return projection.kind === 'full-face' ? visionTokens(lookImageEncoder.config) : projection.tokens;
}

function countShallow(unet: FoundParts['unet']): number {
  const weights = { table: asDtype(unet.files.table, 'F32'), location: unet.id };
  return count(unet, buildShallowUNet(unet.config, weights, anySize).usedTensors);
}

/** Those that a graph beside the steps has a copy of. */
function countTwice(unet: FoundParts['unet']): number {
  const weights = { table: asDtype(unet.files.table, 'F32'), location: unet.id };
  const steps = buildUNet(unet.config, weights, anySize).usedTensors;
  const beside = buildRunBiases(unet.config, weights, anySize).usedTensors;
  return count(
    unet,
    [...beside].filter((name) => steps.has(name)),
  );
}

function count(unet: FoundParts['unet'], names: Iterable<string>): number {
  const counts = weightCounts(unet);
  return [...names].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}

/** A safety checker counts twice where the image encoder lies in it: each has a vision tower of its own on the GPU. */
function countByMemory(found: FoundParts, loaded: readonly FoundPart<unknown>[]): MemoryNeeds['weights'] {
  const weights = { unet: countTwice(found.unet), vae: 0, encoders: 0 };
  for (const id of partIds) {
    const part: FoundPart<unknown> | null = found[id];
    if (part !== null && loaded.includes(part)) weights[partSpecs[id].memory] += countWeights(part);
  }
  return weights;
}
