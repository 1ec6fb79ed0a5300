import { type GraphBuilder, int, ints, type Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';

/** The size of an axis that must be static. @throws RangeError where it is symbolic or absent: a mistake in a builder. */
export function staticSize(value: Value, axis: number): number {
  const size = value.shape.at(axis);
  if (typeof size !== 'number')
    throw new RangeError(`Axis ${axis} of ${value.name} [${value.shape.join(', ')}] is not static.`);
  return size;
}

/** The product of dimensions, symbolic where one of them is. */
export function product(dimensions: readonly Dimension[]): Dimension {
  const symbols = dimensions.filter((dimension) => typeof dimension === 'string');
  const size = dimensions.reduce<number>(
    (sum, dimension) => (typeof dimension === 'number' ? sum * dimension : sum),
    1,
  );
  if (symbols.length === 0) return size;
  return [...symbols, ...(size === 1 ? [] : [size])].join('*');
}

/** A symbolic dimension that stands where it stood stays; at most one other takes what is left. */
export function reshape(graph: GraphBuilder, x: Value, shape: readonly Dimension[]): Value {
  const sizes = shape.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension;
    return dimension === x.shape[axis] ? 0 : -1;
  });
  return graph.node('Reshape', [x, graph.integers(sizes)], { type: x.type, shape });
}

export function transpose(graph: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => x.shape[axis] ?? 1);
  return graph.node('Transpose', [x], { type: x.type, shape }, { attributes: { perm: ints(permutation) } });
}

/** Takes slices along an axis in the order of int32 indices [n]. */
export function gather(graph: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  const shape = x.shape.with(axis, indices.shape[0] ?? 1);
  return graph.node('Gather', [x, indices], { type: x.type, shape }, { attributes: { axis: int(axis) } });
}

/** Zeros behind the last slice along an axis. */
export function padEnd(graph: GraphBuilder, x: Value, axis: number, count: number): Value {
  const before = x.shape.map(() => 0);
  const pads = graph.integers([...before, ...before.with(axis, count)]);
  return graph.node('Pad', [x, pads], { type: x.type, shape: x.shape.with(axis, staticSize(x, axis) + count) });
}

/** Joins along an axis. */
export function concat(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new RangeError('Nothing to concatenate.');
  const size = values.reduce((sum, value) => sum + staticSize(value, axis), 0);
  const shape = first.shape.with(axis, size);
  const attributes = { axis: int(axis < 0 ? shape.length + axis : axis) };
  return graph.node('Concat', values, { type: first.type, shape }, { attributes });
}

/** Joins along the last axis: the channels, as feature maps are channels-last here. */
export function concatChannels(graph: GraphBuilder, values: readonly Value[]): Value {
  return concat(graph, values, -1);
}

function broadcast(a: readonly Dimension[], b: readonly Dimension[]): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new RangeError(`[${a.join(', ')}] and [${b.join(', ')}] do not broadcast.`);
    return left === 1 ? right : left;
  });
}

function binary(graph: GraphBuilder, opType: string, a: Value, b: Value): Value {
  return graph.node(opType, [a, b], { type: a.type, shape: broadcast(a.shape, b.shape) });
}

export function add(graph: GraphBuilder, a: Value, b: Value): Value {
  return binary(graph, 'Add', a, b);
}

export function multiply(graph: GraphBuilder, a: Value, b: Value): Value {
  return binary(graph, 'Mul', a, b);
}

export function matMul(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('MatMul', [a, b], { type: a.type, shape: [...a.shape.slice(0, -1), b.shape.at(-1) ?? 1] });
}

/** Changes the element type; where it is already that, nothing is added to the graph. */
export function cast(graph: GraphBuilder, x: Value, type: 'float32' | 'float16'): Value {
  if (x.type === type) return x;
  const code = type === 'float32' ? 1 : 10;
  return graph.node('Cast', [x], { type, shape: x.shape }, { attributes: { to: int(code) } });
}
