import type { VitConfig } from '../config/vit-config.ts';
import { vitClassToken } from '../modules/vit-model.ts';
import { GraphBuilder, type KernelSet } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { cast } from '../ops/tensor.ts';

/** Names of the tensors that enter and leave the graph. */
export const pictureEmbeddingTensors = { pixelValues: 'pixel_values', embedding: 'embedding' } as const;

/**
 * Builds DINO's embedding of a picture. Input: pixel_values f32 [1, 3, S, S]. Output: embedding f32 [1, D], the class
 * token behind the last norm, not normalized.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildPictureEmbedding(
  config: VitConfig,
  weights: GraphWeights,
  { kernels }: { readonly kernels: KernelSet },
): BuiltGraph {
  const graph = new GraphBuilder('picture-embedding', kernels);
  const parameters = new Parameters(graph, weights);
  const edge = config.image_size;
  const pixelValues = graph.input(pictureEmbeddingTensors.pixelValues, 'float32', [1, config.num_channels, edge, edge]);
  const embedding = vitClassToken(graph, parameters, pixelValues, config);
  graph.output(pictureEmbeddingTensors.embedding, cast(graph, embedding, 'float32'));
  return builtGraph(graph, parameters.used);
}
