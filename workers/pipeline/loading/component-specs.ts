import { parseAutoencoderConfig, type AutoencoderConfig } from '../../graph/config/autoencoder-config.ts';
import {
  parseClipTextConfig,
  parseClipVisionConfig,
  type ClipTextConfig,
  type ClipVisionConfig,
} from '../../graph/config/clip-config.ts';
import { parseProjectorConfig, type ProjectorLayer } from '../../graph/config/projector-config.ts';
import { parseUNetConfig, type UNetConfig } from '../../graph/config/unet-config.ts';
import { tokenEmbeddingName } from '../../graph/modules/clip-text-model.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import { buildImageToPseudoWord } from '../../graph/graphs/image-to-pseudo-word.ts';
import type { GraphWeights } from '../../graph/onnx/parameters.ts';
import { buildProjector } from '../../graph/graphs/projector.ts';
import { buildSafetyChecker } from '../../graph/graphs/safety-checker.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';
import { buildUnifiedEncoder } from '../../graph/graphs/unified-encoder.ts';
import { buildVaeDecoder } from '../../graph/graphs/vae-decoder.ts';
import type { ComponentSpec } from './found-component.ts';

/** The tensors that a graph uses depend neither on the size nor on the kernels. */
const kernels: KernelSet = 'portable';
const anySize = { kernels, height: 8, width: 8 };

export const unetSpec: ComponentSpec<UNetConfig> = {
  folder: 'unet',
  parse: parseUNetConfig,
  usedTensors: (config, weights) => [
    ...buildUNet(config, weights, anySize).usedTensors,
    ...buildCrossAttentionStates(config, weights, anySize).usedTensors,
  ],
};

export const vaeSpec: ComponentSpec<AutoencoderConfig> = {
  folder: 'vae',
  parse: parseAutoencoderConfig,
  usedTensors: (config, weights) => [...buildVaeDecoder(config, weights, anySize).usedTensors],
};

export const textEncoderSpec: ComponentSpec<ClipTextConfig> = {
  folder: 'text_encoder',
  parse: (config) => parseClipTextConfig(config),
  usedTensors: (config, weights) => [...buildUnifiedEncoder(config, weights, { kernels, pinned: true }).usedTensors],
  hostTensors: (table) => [tokenEmbeddingName(table)],
};

/** The vision tower inside a safety checker, and the concepts that are compared with it. */
export const safetyCheckerSpec: ComponentSpec<ClipVisionConfig> = {
  folder: 'safety_checker',
  parse: (config) => parseClipVisionConfig(config, 'safety_checker/config.json'),
  usedTensors: (config, weights) => [
    ...visionTensors(config, weights),
    ...buildSafetyChecker(config, weights, { kernels }).usedTensors,
  ],
};

/** The vision tower alone. @param path where it lies: '' is the top of a repository of a CLIP model */
export function imageEncoderSpec(path: 'image_encoder' | 'safety_checker' | ''): ComponentSpec<ClipVisionConfig> {
  return {
    folder: 'image_encoder',
    path,
    parse: (config) => parseClipVisionConfig(config, path === '' ? 'config.json' : `${path}/config.json`),
    usedTensors: visionTensors,
  };
}

function visionTensors(config: ClipVisionConfig, weights: GraphWeights): readonly string[] {
  return [...buildImageToPseudoWord(config, weights, { kernels, projector: null }).usedTensors];
}

export const projectorSpec: ComponentSpec<readonly ProjectorLayer[]> = {
  folder: 'projector',
  parse: (config) => parseProjectorConfig(config),
  usedTensors: (layers, weights) => [...buildProjector(layers, weights, { kernels }).usedTensors],
};
