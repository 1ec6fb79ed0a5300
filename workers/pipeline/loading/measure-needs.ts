import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { vaeScale } from '../modules/latent-size.ts';
import type { FoundComponents } from './find-components.ts';
import { countWeights } from './found-component.ts';

/** What a checkpoint needs for pictures of the size that it was made for. */
export function memoryNeeds(found: FoundComponents, kernels: KernelSet): MemoryNeeds {
  const {
    sample_size: sampleSize,
    block_out_channels: channels,
    attention_head_dim: heads,
    down_block_types: blocks,
  } = found.unet.config;
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize ?? 64, sampleSize ?? 64];
  const [last = 128, beforeLast = last] = found.vae.config.block_out_channels;
  // The safety checker has a vision tower of its own on the GPU, even where it shares the weights' file.
  const encoders = [found.textEncoder, found.imageEncoder, found.projector, found.safetyChecker];
  return {
    weights: {
      unet: countWeights(found.unet),
      vae: countWeights(found.vae),
      encoders: encoders.reduce((sum, part) => sum + (part === null ? 0 : countWeights(part)), 0),
    },
    unetChannels: channels[0] ?? 320,
    writtenHeads: kernels === 'gpu' ? 0 : (heads[blocks.indexOf('CrossAttnDownBlock2D')] ?? 0),
    vaeChannels: { last, beforeLast },
    vaeScale: vaeScale(found.vae.config),
    height,
    width,
  };
}
