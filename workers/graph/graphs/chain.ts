import { GraphBuilder, int, type KernelSet } from '../onnx/graph-builder.ts';
import { add, multiply } from '../ops/tensor.ts';

/** Names of the tensors that enter and leave the graph. */
export const chainTensors = { x: 'x', weight: 'weight', y: 'y' } as const;
export const chainShapes = { x: [1, 16], weight: [16, 16] } as const;

const links = 24;

/**
 * Builds a graph of many small operators one after the other, on which it is tried what running costs beside computing.
 * Inputs: x f32 [1, 16], weight f32 [16, 16]. Output: y f32 [1, 16].
 */
export function buildChain(kernels: KernelSet): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('chain', kernels);
  const first = graph.input(chainTensors.x, 'float32', chainShapes.x);
  const weight = graph.input(chainTensors.weight, 'float32', chainShapes.weight);
  let x = first;
  for (let link = 0; link < links; link++) {
    const product = graph.node('MatMul', [x, weight], x);
    const shares = graph.node('Softmax', [add(graph, product, x)], x, { attributes: { axis: int(1) } });
    x = multiply(graph, shares, product);
  }
  graph.output(chainTensors.y, add(graph, x, first));
  return graph.build();
}
