import { GraphBuilder } from '../onnx/graph-builder.ts';

/** The smallest graph there is. @returns ONNX bytes */
export function buildIdentity(): Uint8Array {
  const graph = new GraphBuilder('identity', 'portable');
  const input = graph.input('input', 'float32', [1]);
  graph.output('output', graph.node('Identity', [input], input));
  return graph.build();
}
