import { parseAutoencoderConfig, type AutoencoderConfig } from '../graph/config/autoencoder-config.ts';
import { parseUNetConfig, type UNetConfig } from '../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../graph/cross-attention-states.ts';
import type { KernelSet } from '../graph/graph-builder.ts';
import { buildUNet } from '../graph/unet.ts';
import { buildVaeDecoder } from '../graph/vae-decoder.ts';
import type { ComponentRecipe } from './component.ts';

/** The tensors that a graph uses do not depend on the size or the kernels. */
const anySize = { kernels: 'portable' as KernelSet, height: 8, width: 8 };

export const unetRecipe: ComponentRecipe<UNetConfig> = {
  folder: 'unet',
  parse: parseUNetConfig,
  build: (config, weights) => [buildUNet(config, weights, anySize), buildCrossAttentionStates(config, weights, anySize)],
};

export const vaeRecipe: ComponentRecipe<AutoencoderConfig> = {
  folder: 'vae',
  parse: parseAutoencoderConfig,
  build: (config, weights) => [buildVaeDecoder(config, weights, anySize)],
};
