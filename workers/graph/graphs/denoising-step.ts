import type { UNetConfig } from '../config/unet-config.ts';
import { addFusedUpdate, type UpdateOptions } from './fused-update.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { addShallowUNet, addUNet, latentsInput, type UNetOptions } from './unet.ts';

export type DenoisingStepOptions = UNetOptions & UpdateOptions;

/**
 * Builds one whole sampling step: the UNet for all branches, guidance, the sampler's update and the preview.
 * Inputs: those of buildUNet (unet.ts), and history, noise, coefficients. Outputs: next_latents, pred_original_sample
 * f32 [1, C, h·w], preview f32 [1, 3, h·w]. See addFusedUpdate for what they are.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildDenoisingStep(
  config: UNetConfig,
  weights: GraphWeights,
  options: DenoisingStepOptions,
): BuiltGraph {
  return buildStep('denoising-step', addUNet, config, weights, options);
}

/** As buildDenoisingStep, with the shallow network (addShallowUNet). @throws as it does */
export function buildShallowStep(config: UNetConfig, weights: GraphWeights, options: DenoisingStepOptions): BuiltGraph {
  return buildStep('shallow-step', addShallowUNet, config, weights, options);
}

function buildStep(
  name: string,
  addNetwork: typeof addUNet,
  config: UNetConfig,
  weights: GraphWeights,
  options: DenoisingStepOptions,
): BuiltGraph {
  const graph = new GraphBuilder(name, options.kernels);
  const parameters = new Parameters(graph, weights);
  const latents = latentsInput(graph, config, options);
  const noisePredictions = addNetwork(graph, parameters, config, latents, options);
  addFusedUpdate(graph, noisePredictions, latents, options);
  return builtGraph(graph, parameters.used);
}
