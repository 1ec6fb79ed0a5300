import { float, type GraphBuilder, int, microsoft, type Value } from '../graph-builder.ts';
import type { Parameters } from '../parameters.ts';
import { linear } from './linear.ts';
import { multiply } from './tensor.ts';

function sigmoidGated(graph: GraphBuilder, x: Value, alpha: number): Value {
  return graph.node('QuickGelu', [x], x, { domain: microsoft, attributes: { alpha: float(alpha) } });
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
  const shape = [...x.shape.slice(0, -1), outFeatures];
  if (graph.kernels !== 'portable') {
    const halves = linear(graph, proj, x, 2 * outFeatures, { bias: false });
    const bias = proj.tensor('bias', [2 * outFeatures]);
    return graph.node('BiasSplitGelu', [halves, bias], { type: x.type, shape }, { domain: microsoft });
  }
  const halves = linear(graph, proj, x, 2 * outFeatures);
  const half = { type: x.type, shape };
  const [hidden, gate] = graph.nodes('Split', [halves], [half, half], {
    attributes: { axis: int(shape.length - 1), num_outputs: int(2) },
  });
  if (hidden === undefined || gate === undefined) throw new RangeError('Split has two outputs.');
  return multiply(graph, hidden, gelu(graph, gate));
}
