import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { relu } from '../ops/activations.ts';
import { conv2d } from '../ops/conv2d.ts';
import { add, staticSize } from '../ops/tensor.ts';

export const kernel3 = { kernelSize: 3, padding: 1 } as const;

/** diffusers' AutoencoderTinyBlock on a channels-last map: three convolutions beside a path that leaves it as it is. */
function autoencoderTinyBlock(graph: GraphBuilder, parameters: Parameters, x: Value): Value {
  const channels = staticSize(x, -1);
  const conv = (index: number, map: Value): Value =>
    conv2d(graph, parameters.scope(`conv.${index}`), map, channels, kernel3);
  const hidden = conv(4, relu(graph, conv(2, relu(graph, conv(0, x)))));
  return relu(graph, add(graph, hidden, x));
}

/** Blocks one after the other. @param first index of the first one's layer */
export function tinyBlocks(
  graph: GraphBuilder,
  layers: Parameters,
  x: Value,
  { first, count }: { readonly first: number; readonly count: number },
): Value {
  let hidden = x;
  for (let index = 0; index < count; index++) {
    hidden = autoencoderTinyBlock(graph, layers.scope(String(first + index)), hidden);
  }
  return hidden;
}
