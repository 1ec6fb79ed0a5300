import { clipImageEmbeds, refuseExtraVisionTensors } from '../modules/clip-vision-model.ts';
import type { ClipVisionConfig } from '../config/clip-config.ts';
import type { ProjectorLayer } from '../config/projector-config.ts';
import { GraphBuilder, type KernelSet } from '../onnx/graph-builder.ts';
import { cast } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { projector } from './projector.ts';

/** Names of the tensors that enter and leave the graph. */
export const imageToPseudoWordTensors = {
  pixelValues: 'pixel_values',
  imageEmbeds: 'image_embeds',
  pseudoWord: 'pseudo_word',
} as const;

interface ImageToPseudoWordOptions {
  readonly kernels: KernelSet;
  /** The projector lies in a file of its own; null gives image embeddings only. */
  readonly projector: { readonly layers: readonly ProjectorLayer[]; readonly weights: GraphWeights } | null;
}

/**
 * Builds the image side of the unified encoder (UMM-Diffusion, 3.2).
 * Input: pixel_values f32 [1, 3, S, S]. Outputs: image_embeds f32 [1, P], raw; pseudo_word f32 [1, D].
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildImageToPseudoWord(
  config: ClipVisionConfig,
  weights: GraphWeights,
  options: ImageToPseudoWordOptions,
): BuiltGraph {
  const graph = new GraphBuilder('image-to-pseudo-word', options.kernels);
  const vision = new Parameters(graph, weights);
  const pixelValues = graph.input(imageToPseudoWordTensors.pixelValues, 'float32', [
    1,
    config.num_channels,
    config.image_size,
    config.image_size,
  ]);
  const imageEmbeds = clipImageEmbeds(graph, vision, pixelValues, config);
  refuseExtraVisionTensors(vision);
  graph.output(imageToPseudoWordTensors.imageEmbeds, cast(graph, imageEmbeds, 'float32'));
  if (options.projector !== null) {
    const parameters = new Parameters(graph, options.projector.weights);
    graph.output(
      imageToPseudoWordTensors.pseudoWord,
      cast(graph, projector(graph, parameters, imageEmbeds, options.projector.layers), 'float32'),
    );
    parameters.refuseExtra();
  }
  return builtGraph(graph, vision.used);
}
