import { parseAutoencoderConfig, type AutoencoderConfig } from '../graph/config/autoencoder-config.ts';
import { parseClipTextConfig, parseClipVisionConfig, type ClipTextConfig, type ClipVisionConfig } from '../graph/config/clip-config.ts';
import { parseProjectorConfig, type ProjectorLayer } from '../graph/config/projector-config.ts';
import { parseUNetConfig, type UNetConfig } from '../graph/config/unet-config.ts';
import { tokenEmbeddingName } from '../graph/clip-text-model.ts';
import { buildCrossAttentionStates } from '../graph/cross-attention-states.ts';
import type { KernelSet } from '../graph/graph-builder.ts';
import { buildImageToPseudoWord } from '../graph/image-to-pseudo-word.ts';
import { buildSafetyChecker } from '../graph/safety-checker.ts';
import { buildUNet } from '../graph/unet.ts';
import { buildUnifiedEncoder } from '../graph/unified-encoder.ts';
import { buildVaeDecoder } from '../graph/vae-decoder.ts';
import type { ComponentRecipe } from './component.ts';

/** The tensors that a graph uses depend neither on the size nor on the kernels. */
const kernels: KernelSet = 'portable';
const anySize = { kernels, height: 8, width: 8 };

export const unetRecipe: ComponentRecipe<UNetConfig> = {
  folder: 'unet',
  parse: parseUNetConfig,
  usedTensors: (config, weights) => [
    ...buildUNet(config, weights, anySize).usedTensors,
    ...buildCrossAttentionStates(config, weights, anySize).usedTensors,
  ],
};

export const vaeRecipe: ComponentRecipe<AutoencoderConfig> = {
  folder: 'vae',
  parse: parseAutoencoderConfig,
  usedTensors: (config, weights) => [...buildVaeDecoder(config, weights, anySize).usedTensors],
};

export const textEncoderRecipe: ComponentRecipe<ClipTextConfig> = {
  folder: 'text_encoder',
  parse: (config) => parseClipTextConfig(config),
  usedTensors: (config, weights) => [...buildUnifiedEncoder(config, weights, { kernels, pinned: true }).usedTensors],
  hostTensors: (table) => [tokenEmbeddingName(table)],
};

/** The vision tower, in a folder of its own or inside a safety checker, whose concepts then come along. */
export function imageEncoderRecipe(folder: 'image_encoder' | 'safety_checker'): ComponentRecipe<ClipVisionConfig> {
  return {
    folder,
    parse: (config) => parseClipVisionConfig(config, `${folder}/config.json`),
    usedTensors: (config, weights) => [
      ...buildImageToPseudoWord(config, weights, { kernels, projector: null }).usedTensors,
      ...(folder === 'safety_checker' ? buildSafetyChecker(config, weights, { kernels }).usedTensors : []),
    ],
  };
}

export const projectorRecipe: ComponentRecipe<readonly ProjectorLayer[]> = {
  folder: 'projector',
  parse: (config) => parseProjectorConfig(config),
  usedTensors: (_, weights) => [...weights.table.keys()],
};
