import { type GraphBuilder, int, type Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { product, reshape, staticSize } from './tensor.ts';

export interface LinearOptions {
  readonly bias?: boolean;
  /** The weight's shape in the file where it is not [out, in]: a 1×1 convolution's [out, in, 1, 1] is the same matrix. */
  readonly weightShape?: readonly number[];
  /** What takes the place of the bias: another one [out], or a term [..., out]. */
  readonly plus?: Value;
}

/**
 * torch.nn.Linear over the last axis: [..., in] → [..., out]. Gemm with transB reads PyTorch's [out, in] weight as it
 * lies in the file.
 */
export function linear(
  graph: GraphBuilder,
  parameters: Parameters,
  x: Value,
  outFeatures: number,
  options: LinearOptions = {},
): Value {
  const inFeatures = staticSize(x, -1);
  const weight = parameters.tensor('weight', options.weightShape ?? [outFeatures, inFeatures], [
    outFeatures,
    inFeatures,
  ]);
  return gemm(graph, x, weight, addend());

  function addend(): readonly Value[] {
    if (options.plus !== undefined) return [options.plus];
    return options.bias === false ? [] : [parameters.tensor('bias', [outFeatures])];
  }
}

/** x · weightᵀ + bias over the last axis, for a weight [out, in] and at most one bias, [out] or a term [..., out]. */
export function gemm(graph: GraphBuilder, x: Value, weight: Value, bias: readonly Value[]): Value {
  const outFeatures = staticSize(weight, 0);
  const rows = product(x.shape.slice(0, -1));
  const matrix = x.shape.length === 2 ? x : reshape(graph, x, [rows, staticSize(x, -1)]);
  const y = graph.node(
    'Gemm',
    [matrix, weight, ...bias.map((term) => (term.shape.length > 2 ? reshape(graph, term, [rows, outFeatures]) : term))],
    { type: x.type, shape: [rows, outFeatures] },
    { attributes: { transB: int(1) } },
  );
  return x.shape.length === 2 ? y : reshape(graph, y, [...x.shape.slice(0, -1), outFeatures]);
}
