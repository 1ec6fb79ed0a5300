import type { IpAdapterConfig } from '../../checkpoint/kinds/ip-adapter-config.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import {
  parseAutoencoderConfig,
  parseAutoencoderEncoderConfig,
  type AutoencoderConfig,
  type AutoencoderEncoderConfig,
} from '../../graph/config/autoencoder-config.ts';
import {
  parseClipTextConfig,
  parseClipVisionConfig,
  type ClipTextConfig,
  type ClipVisionConfig,
} from '../../graph/config/clip-config.ts';
import { parseProjectorConfig, type ProjectorLayer } from '../../graph/config/projector-config.ts';
import {
  parseTinyDecoderConfig,
  parseTinyEncoderConfig,
  type TinyDecoderConfig,
  type TinyEncoderConfig,
} from '../../graph/config/tiny-autoencoder-config.ts';
import { parseUNetConfig, type UNetConfig } from '../../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { buildImageToPseudoWord } from '../../graph/graphs/image-to-pseudo-word.ts';
import { buildLookTokens, ipAdapterTensors, type LookImageEncoderConfig } from '../../graph/graphs/look-tokens.ts';
import { buildRunBiases } from '../../graph/graphs/run-biases.ts';
import { buildProjector } from '../../graph/graphs/projector.ts';
import { buildSafetyChecker } from '../../graph/graphs/safety-checker.ts';
import { buildTinyDecoder } from '../../graph/graphs/tiny-decoder.ts';
import { buildTinyEncoder } from '../../graph/graphs/tiny-encoder.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';
import { buildUnifiedEncoder } from '../../graph/graphs/unified-encoder.ts';
import { buildVaeDecoder } from '../../graph/graphs/vae-decoder.ts';
import { buildVaeEncoder, vaeEncoderPrefix } from '../../graph/graphs/vae-encoder.ts';
import { tokenEmbeddingName } from '../../graph/modules/clip-text-model.ts';
import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import type { GraphWeights } from '../../graph/onnx/parameters.ts';
import type { AddedPart } from '../../errors.ts';
import type { ComponentFolder } from '../../weights/sources/component-files.ts';

/** When a part is looked for: a model cannot do without it; it can; its weights are loaded when something first asks for it; or only where a person chose one. */
type Need = 'required' | 'optional' | 'on-demand' | 'chosen';

/** One set of weights of a model: how it is found, checked and counted. */
export interface PartSpec<C, N extends Need = Need> {
  /** As people know it. */
  readonly label: string;
  /** Its folder in diffusers layout. */
  readonly folder: ComponentFolder;
  readonly need: N;
  /** Which of the things that a person adds to a model it is of, for errors about it. */
  readonly added?: AddedPart;
  /** What its weights count as in the memory plan. */
  readonly memory: 'unet' | 'vae' | 'encoders';
  /** Absent where another part has a say in the config. @param path of the config, for messages */
  readonly parse?: (config: unknown, path: string) => C;
  /**
   * Builds every graph that reads these weights, only to learn which tensors they use.
   * @throws PinwordError 'missing-tensor' | 'extra-tensor' | 'tensor-shape'
   */
  usedTensors(config: C, weights: GraphWeights): readonly string[];
  /** Those of them that the host reads and no graph: they never lie on the GPU. */
  hostTensors?(table: TensorTable): readonly string[];
  /** True where other parts may want other tensors of the same file: each is stored by itself. */
  readonly sharesFile?: boolean;
  /** False where a file of this folder can lack this part. */
  isIn?(table: TensorTable): boolean;
}

/** The tensors that a graph uses depend neither on the size nor on the kernels. */
const kernels: KernelSet = 'portable';
const anySize = { kernels, height: 8, width: 8, tokens: 1 };

const part = <C, N extends Need>(spec: PartSpec<C, N>): PartSpec<C, N> => spec;

const visionTensors = (config: ClipVisionConfig, weights: GraphWeights): readonly string[] => [
  ...buildImageToPseudoWord(config, weights, { kernels, projector: null }).usedTensors,
];

/** The parts of a model, in the order in which they are looked for and loaded: a wrong address lacks the UNet first. A new one is a row here and a graph. */
export const partSpecs = {
  unet: part<UNetConfig, 'required'>({
    label: 'UNet',
    folder: 'unet',
    need: 'required',
    memory: 'unet',
    parse: (config) => parseUNetConfig(config),
    usedTensors: (config, weights) => [
      ...buildUNet(config, weights, anySize).usedTensors,
      ...buildCrossAttentionStates(config, weights, anySize).usedTensors,
      ...buildRunBiases(config, weights, anySize).usedTensors,
    ],
  }),
  textEncoder: part<ClipTextConfig, 'required'>({
    label: 'text encoder',
    folder: 'text_encoder',
    need: 'required',
    memory: 'encoders',
    parse: parseClipTextConfig,
    usedTensors: (config, weights) => [...buildUnifiedEncoder(config, weights, { kernels, pinned: true }).usedTensors],
    hostTensors: (table) => [tokenEmbeddingName(table)],
  }),
  imageEncoder: part<ClipVisionConfig, 'optional'>({
    label: 'image encoder',
    folder: 'image_encoder',
    need: 'optional',
    memory: 'encoders',
    parse: parseClipVisionConfig,
    usedTensors: visionTensors,
  }),
  /** The vision tower inside a safety checker, and the concepts that are compared with it. */
  safetyChecker: part<ClipVisionConfig, 'optional'>({
    label: 'safety checker',
    folder: 'safety_checker',
    need: 'optional',
    memory: 'encoders',
    parse: parseClipVisionConfig,
    usedTensors: (config, weights) => [
      ...visionTensors(config, weights),
      ...buildSafetyChecker(config, weights, { kernels }).usedTensors,
    ],
  }),
  projector: part<readonly ProjectorLayer[], 'optional'>({
    label: 'projector',
    folder: 'projector',
    need: 'optional',
    memory: 'encoders',
    parse: (config) => parseProjectorConfig(config),
    usedTensors: (layers, weights) => [...buildProjector(layers, weights, { kernels }).usedTensors],
  }),
  vaeDecoder: part<AutoencoderConfig, 'required'>({
    label: 'VAE decoder',
    folder: 'vae',
    need: 'required',
    memory: 'vae',
    parse: (config) => parseAutoencoderConfig(config),
    usedTensors: (config, weights) => [...buildVaeDecoder(config, weights, anySize).usedTensors],
  }),
  vaeEncoder: part<AutoencoderEncoderConfig, 'on-demand'>({
    label: 'VAE encoder',
    folder: 'vae',
    need: 'on-demand',
    memory: 'vae',
    parse: (config) => parseAutoencoderEncoderConfig(config),
    usedTensors: (config, weights) => [...buildVaeEncoder(config, weights, anySize).usedTensors],
    sharesFile: true,
    isIn: (table) => [...table.keys()].some((name) => name.startsWith(vaeEncoderPrefix)),
  }),
  /** TAESD: a small decoder for the same latents, and its encoder. */
  tinyDecoder: part<TinyDecoderConfig, 'chosen'>({
    label: 'tiny decoder',
    folder: 'tiny_vae',
    need: 'chosen',
    added: 'tinyAutoencoder',
    memory: 'vae',
    parse: parseTinyDecoderConfig,
    usedTensors: (config, weights) => [...buildTinyDecoder(config, weights, anySize).usedTensors],
    sharesFile: true,
  }),
  tinyEncoder: part<TinyEncoderConfig, 'chosen'>({
    label: 'tiny encoder',
    folder: 'tiny_vae',
    need: 'chosen',
    added: 'tinyAutoencoder',
    memory: 'vae',
    parse: parseTinyEncoderConfig,
    usedTensors: (config, weights) => [...buildTinyEncoder(config, weights, anySize).usedTensors],
    sharesFile: true,
  }),
  /** An image projection, and keys and values for the network's cross-attentions. */
  ipAdapter: part<IpAdapterConfig, 'chosen'>({
    label: 'IP-Adapter',
    folder: 'ip_adapter',
    need: 'chosen',
    added: 'ipAdapter',
    memory: 'unet',
    usedTensors: (config, weights) => [...ipAdapterTensors(config, weights)],
  }),
  /** The image encoder that the IP-Adapter was trained with, as far as that adapter reads it. */
  lookImageEncoder: part<LookImageEncoderConfig, 'chosen'>({
    label: 'image encoder of the IP-Adapter',
    folder: 'image_encoder',
    need: 'chosen',
    added: 'lookImageEncoder',
    memory: 'encoders',
    usedTensors: (config, weights) => [...buildLookTokens({ config, weights }, null, { kernels }).usedTensors],
    sharesFile: true,
  }),
} as const;

export type PartId = keyof typeof partSpecs;
export type PartConfig<P extends PartId> = (typeof partSpecs)[P] extends PartSpec<infer C> ? C : never;
/** null for a part that a model can lack. */
export type NullIfOptional<P extends PartId> = (typeof partSpecs)[P]['need'] extends 'required' ? never : null;

export const partIds = Object.keys(partSpecs) as readonly PartId[];
