import { float, type GraphBuilder, microsoft, type Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { gemm, linear } from './linear.ts';
import { multiply, staticSize } from './tensor.ts';

function sigmoidGated(graph: GraphBuilder, x: Value, alpha: number): Value {
  return graph.node('QuickGelu', [x], x, { domain: microsoft, attributes: { alpha: float(alpha) } });
}

/** max(x, 0), which lets NaN through: that of Relu on a GPU is a number, and an overflow would not be seen. */
export function relu(graph: GraphBuilder, x: Value): Value {
  return graph.node('LeakyRelu', [x], x, { attributes: { alpha: float(0) } });
}

/** x · sigmoid(x) */
export function silu(graph: GraphBuilder, x: Value): Value {
  return sigmoidGated(graph, x, 1);
}

/** x · sigmoid(1.702 x): CLIP's activation. */
export function quickGelu(graph: GraphBuilder, x: Value): Value {
  return sigmoidGated(graph, x, 1.702);
}

/** The exact (erf) GELU. */
export function gelu(graph: GraphBuilder, x: Value): Value {
  return graph.node('Gelu', [x], x, { domain: microsoft });
}

/** diffusers' GEGLU on [N, S, in] → [N, S, out]: the first half of `proj`, gated by the GELU of the second. */
export function geglu(graph: GraphBuilder, parameters: Parameters, x: Value, outFeatures: number): Value {
  const proj = parameters.scope('proj');
  if (graph.kernels !== 'portable') {
    const halves = linear(graph, proj, x, 2 * outFeatures, { bias: false });
    const bias = proj.tensor('bias', [2 * outFeatures]);
    const shape = [...x.shape.slice(0, -1), outFeatures];
    return graph.node('BiasSplitGelu', [halves, bias], { type: x.type, shape }, { domain: microsoft });
  }
  const half = (part: number): Value =>
    gemm(graph, x, proj.part('weight', [2 * outFeatures, staticSize(x, -1)], part, 2), [
      proj.part('bias', [2 * outFeatures], part, 2),
    ]);
  return multiply(graph, half(0), gelu(graph, half(1)));
}
