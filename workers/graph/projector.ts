import type { ProjectorLayer } from './config/projector-config.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { gelu } from './ops/activations.ts';
import { linear } from './ops/linear.ts';
import { cast } from './ops/tensor.ts';
import type { Parameters } from './parameters.ts';

/** The perceptron from raw image embeddings [1, P] to a pseudo-word [1, D] (UMM-Diffusion, 3.2). */
export function projector(graph: GraphBuilder, parameters: Parameters, imageEmbeds: Value, layers: readonly ProjectorLayer[]): Value {
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
