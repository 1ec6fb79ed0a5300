import type { UNetConfig } from '../config/unet-config.ts';
import { addFusedUpdate, type PreviewMatrix } from './fused-update.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { type BuiltGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { addUNet, type UNetOptions } from './unet.ts';

export interface DenoisingStepOptions extends UNetOptions {
  readonly preview: PreviewMatrix;
}

/**
 * Builds one whole sampling step: the UNet for all branches, guidance, the sampler's update and the preview.
 * Inputs: those of buildUNet (unet.ts), and history, noise, coefficients. Outputs: next_latents, predicted_original
 * f32 [1, 4, h, w], preview f32 [1, 3, h, w]. See addFusedUpdate for what they are.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildDenoisingStep(
  config: UNetConfig,
  weights: GraphWeights,
  options: DenoisingStepOptions,
): BuiltGraph {
  const graph = new GraphBuilder('denoising-step', options.kernels);
  const parameters = new Parameters(graph, weights);
  const latents = graph.input('latents', 'float32', [1, config.in_channels, options.height, options.width]);
  const noisePredictions = addUNet(graph, parameters, config, latents);
  addFusedUpdate(graph, noisePredictions, latents, options);
  return { model: graph.build(), usedTensors: parameters.used };
}
