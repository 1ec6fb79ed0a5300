import type { UNetConfig } from '../config/unet-config.ts';
import { crossAttentionLayers } from '../modules/cross-attention-layers.ts';
import { DetailAttention } from '../modules/detail-attention.ts';
import { LookAttention } from '../modules/look-attention.ts';
import type { Subjects } from '../modules/look-names.ts';
import { WordMapLayer } from '../modules/word-map-layer.ts';
import { GraphBuilder, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { addRunBiases } from './run-biases.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import {
  inpaintingChannels,
  shallowUNet2DConditionModel,
  unet2DConditionModel,
  type UNetInputs,
} from '../modules/unet-2d-condition-model.ts';
import { branchDimension, tokenDimension } from '../modules/dimensions.ts';

/** Names of the tensors that enter and leave the graph. */
export const unetTensors = {
  latents: 'latents',
  inpainting: 'inpainting',
  branchZeros: 'branch_zeros',
  deepFeatures: 'deep_features',
  noisePrediction: 'noise_prediction',
} as const;

export interface UNetOptions {
  readonly kernels: KernelSet;
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
  /** Whether what the last layer of the last up block begins with is an output too, for shallow steps after it. */
  readonly givesDeepFeatures?: boolean;
  /** At whose pictures the network looks too; false or left out where it does not. */
  readonly look?: Subjects | false;
  /** R: how many references its late self-attentions see; 0 or left out for none. */
  readonly references?: number;
  /** By whose words what references give is bound; false or left out where it is not. With a look, as many as it has. */
  readonly boundReferences?: Subjects | false;
}

/** [h, w, C_d]: what one branch's last layer of the last up block begins with. */
export function deepFeaturesShape(
  config: UNetConfig,
  { height, width }: Pick<UNetOptions, 'height' | 'width'>,
): readonly [height: number, width: number, channels: number] {
  return [height, width, config.block_out_channels[0] ?? 0];
}

/** Declares the latents, f32 [1, C, h·w]. */
export function latentsInput(graph: GraphBuilder, config: UNetConfig, { height, width }: UNetOptions): Value {
  return graph.input(unetTensors.latents, 'float32', [1, config.out_channels, height * width]);
}

/** Whether a network reads a mask, and latents of what is around it, beside the latents. */
export function isForInpainting({ in_channels: read, out_channels: latents }: UNetConfig): boolean {
  return read > latents;
}

/**
 * Declares the UNet's inputs beside the latents (inpainting where the network fills in parts, branch_zeros, key_i,
 * value_i, the biases of run-biases.ts; with a look those of look-names.ts; with references those of detail-names.ts, and
 * it gives keys and values to be seen; where words gate either, those of word-map-names.ts, and it gives their maps) and adds the network; deep_features is an output
 * where that is asked for.
 * @param latents [1, C, h·w] f32
 * @returns noise predictions [B, C, h·w] f32
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function addUNet(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  latents: Value,
  options: UNetOptions,
): Value {
  const layers = crossAttentionLayers(config);
  const inputs = declareInputs(graph, parameters, config, latents, { ...options, layers, gives: true });
  const { noise, deepFeatures } = unet2DConditionModel(graph, parameters, config, inputs);
  if (options.givesDeepFeatures === true) graph.output(unetTensors.deepFeatures, deepFeatures);
  const states = new Set(layers.flatMap(({ path }) => [`${path}.to_k.weight`, `${path}.to_v.weight`]));
  const biases = tensorsOfRunBiases(parameters, config);
  parameters.refuseExtra((name) => states.has(name) || biases.has(name));
  return noise;
}

function tensorsOfRunBiases(parameters: Parameters, config: UNetConfig): ReadonlySet<string> {
  const aside = new GraphBuilder('aside', 'portable');
  const taken = parameters.for(aside);
  addRunBiases(aside, taken, config);
  return taken.used;
}

/**
 * As addUNet, of the network that takes what lies deep from an earlier step: the input deep_features [B, h, w, C_d] in
 * the compute type, as that step gave it. It reads keys and values of the last layer alone, and word maps and references of that step.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype'
 */
export function addShallowUNet(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  latents: Value,
  options: UNetOptions,
): Value {
  const last = `up_blocks.${config.up_block_types.length - 1}.attentions.${config.layers_per_block[0] ?? 0}.`;
  const layers = crossAttentionLayers(config).filter(({ path }) => path.startsWith(last));
  const inputs = declareInputs(graph, parameters, config, latents, { ...options, layers, gives: false });
  const shape = [branchDimension, ...deepFeaturesShape(config, options)];
  const deepFeatures = graph.input(unetTensors.deepFeatures, parameters.type, shape);
  return shallowUNet2DConditionModel(graph, parameters, config, inputs, deepFeatures);
}

interface DeclareOptions extends UNetOptions {
  readonly layers: ReturnType<typeof crossAttentionLayers>;
  /** Whether keys and values of references can come of this network. */
  readonly gives: boolean;
}

function declareInputs(
  graph: GraphBuilder,
  parameters: Parameters,
  config: UNetConfig,
  latents: Value,
  { height, width, look = false, references = 0, boundReferences = false, layers, gives }: DeclareOptions,
): UNetInputs {
  const branchZeros = graph.input(unetTensors.branchZeros, parameters.type, [branchDimension, 1, 1]);
  const keyValues = new Map(
    layers.map(({ path, key, value, channels, heads }) => {
      const shape = [branchDimension, heads, tokenDimension, channels / heads];
      return [
        path,
        { key: graph.input(key, parameters.type, shape), value: graph.input(value, parameters.type, shape) },
      ] as const;
    }),
  );
  const inpainting = isForInpainting(config)
    ? graph.input(unetTensors.inpainting, 'float32', [1, inpaintingChannels(config), height * width])
    : null;
  const latentGrid = { height, width };
  const subjects = look === false ? boundReferences : look;
  const wordMaps = subjects === false ? null : new WordMapLayer(graph, config, { latents: latentGrid, subjects });
  const boundTo = boundReferences === false ? null : wordMaps;
  return {
    latents,
    inpainting,
    height,
    width,
    branchZeros,
    keyValues,
    wordMaps,
    look:
      look === false || wordMaps === null
        ? null
        : new LookAttention(graph, parameters.type, config, { latents: latentGrid, wordMaps }),
    detail:
      references === 0
        ? null
        : new DetailAttention(graph, parameters.type, config, { references, gives, branchZeros, boundTo }),
  };
}

/**
 * Builds the UNet alone. Inputs: latents f32 [1, C, h·w], where the network fills in parts inpainting f32
 * [1, inpaintingChannels, h·w] (the mask, the latents of what is around it, zeros), branch_zeros [B, 1, 1], key_i and
 * value_i [B, heads, S, C_i / heads] and the biases of run-biases.ts in the compute type. Output: noise_prediction f32 [B, C, h·w]; where it is asked for,
 * deep_features [B, h, w, C_d] in the compute type.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildUNet(config: UNetConfig, weights: GraphWeights, options: UNetOptions): BuiltGraph {
  return buildAlone('unet', addUNet, config, weights, options);
}

/** Builds the shallow network alone: see addShallowUNet. @throws as it does */
export function buildShallowUNet(config: UNetConfig, weights: GraphWeights, options: UNetOptions): BuiltGraph {
  return buildAlone('shallow-unet', addShallowUNet, config, weights, options);
}

function buildAlone(
  name: string,
  addNetwork: typeof addUNet,
  config: UNetConfig,
  weights: GraphWeights,
  options: UNetOptions,
): BuiltGraph {
  const graph = new GraphBuilder(name, options.kernels);
  const parameters = new Parameters(graph, weights);
  const latents = latentsInput(graph, config, options);
  graph.output(unetTensors.noisePrediction, addNetwork(graph, parameters, config, latents, options));
  return builtGraph(graph, parameters.used);
}
