import type { ProjectorLayer } from '../config/projector-config.ts';
import { GraphBuilder, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { gelu } from '../ops/activations.ts';
import { linear } from '../ops/linear.ts';
import { cast } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';

/** The perceptron from raw image embeddings [1, P] to a pseudo-word [1, D] (UMM-Diffusion, 3.2). */
export function projector(
  graph: GraphBuilder,
  parameters: Parameters,
  imageEmbeds: Value,
  layers: readonly ProjectorLayer[],
): Value {
  let hidden = cast(graph, imageEmbeds, parameters.type);
  for (const { path, activation, outputDim } of layers) {
    hidden = activate(graph, linear(graph, parameters.scope(path), hidden, outputDim), activation);
  }
  return hidden;
}

function activate(graph: GraphBuilder, x: Value, activation: ProjectorLayer['activation']): Value {
  if (activation === null) return x;
  return activation === 'gelu' ? gelu(graph, x) : graph.node('Relu', [x], x);
}

/**
 * Builds a projector by itself, so that its file can be checked without an image encoder.
 * Input: image_embeds f32 [1, P]. Output: pseudo_word [1, D].
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildProjector(
  layers: readonly ProjectorLayer[],
  weights: GraphWeights,
  { kernels }: { readonly kernels: KernelSet },
): BuiltGraph {
  const graph = new GraphBuilder('projector', kernels);
  const parameters = new Parameters(graph, weights);
  const imageEmbeds = graph.input('image_embeds', 'float32', [1, layers[0]?.inputDim ?? 0]);
  graph.output('pseudo_word', projector(graph, parameters, imageEmbeds, layers));
  parameters.refuseExtra();
  return builtGraph(graph, parameters.used);
}
