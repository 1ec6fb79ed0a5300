import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';
import { gather, matMul, padEnd, product, reshape, staticSize, transpose } from './tensor.ts';

type Matrix = readonly (readonly number[])[];

/** F(2 × 2, 3 × 3) of Lavin and Gray (2015, arXiv 1509.09308, 4.1): what a tile of 4 × 4 pixels is multiplied by from both sides. */
const ofTile: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const ofFilter: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const ofProducts: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/** With fewer channels the transforms take longer than what they save. */
const minChannels = 16;
/** Tiles of the largest map: where their pixels lie is a constant in the graph. */
const maxTiles = 4096;

/** Whether a convolution 3 × 3 of stride 1, padded by 1, is better made of products of tiles. */
export function canTile(graph: GraphBuilder, x: Value, outChannels: number): boolean {
  const [height, width] = [staticSize(x, 1), staticSize(x, 2)];
  return (
    graph.kernels === 'portable' &&
    Math.min(staticSize(x, -1), outChannels) >= minChannels &&
    height % 2 === 0 &&
    width % 2 === 0 &&
    (height * width) / 4 <= maxTiles
  );
}

/**
 * A convolution 3 × 3 of stride 1, padded by 1, without bias: channels-last [N, H, W, in] → [N, H, W, out]. Four pixels of
 * a tile take 16 multiplications for each pair of channels where the convolution takes 36, and all tiles of all images
 * are rows of the same 16 products. ONNX Runtime transforms the filters once, when it opens the graph.
 */
export function tiledConv2d(graph: GraphBuilder, parameters: Parameters, x: Value, outChannels: number): Value {
  const { type } = parameters;
  const batch = x.shape[0] ?? 1;
  const [height, width, channels] = [staticSize(x, 1), staticSize(x, 2), staticSize(x, -1)];
  const [rows, columns] = [height / 2, width / 2];
  const tiles = rows * columns;
  const matrix = (name: string, { length }: Matrix, values: readonly number[]): Value =>
    graph.floats(`${name} in tiles`, values, [length ** 2, values.length / length ** 2], type);

  const pixels = transpose(graph, reshape(graph, x, [batch, height * width, channels]), [1, 0, 2]);
  const tiled = gather(graph, padEnd(graph, pixels, 0, 1), graph.indices(...pixelsOfTiles(height, width)), 0);
  const transformed = matMul(
    graph,
    matrix('pixels', ofTile, onBothSides(ofTile)),
    reshape(graph, tiled, [16, product([tiles, batch, channels])]),
  );
  const weight = parameters.tensor('weight', [outChannels, channels, 3, 3], [outChannels * channels, 9]);
  // Two moves of one axis, which the runtime has quick ways for, and of the 9 rather than the 16.
  const planes = reshape(graph, transpose(graph, weight, [1, 0]), [9, outChannels, channels]);
  const filters = matMul(
    graph,
    matrix('filters', ofFilter, onBothSides(ofFilter)),
    reshape(graph, transpose(graph, planes, [0, 2, 1]), [9, channels * outChannels]),
  );
  const products = matMul(
    graph,
    reshape(graph, transformed, [16, product([tiles, batch]), channels]),
    reshape(graph, filters, [16, channels, outChannels]),
  );
  const sums = matMul(
    graph,
    matrix('products', ofProducts, onBothSides(ofProducts)),
    reshape(graph, products, [16, product([tiles, batch, outChannels])]),
  );
  const placed = transpose(graph, reshape(graph, sums, [2, 2, rows, columns, batch, outChannels]), [4, 2, 0, 3, 1, 5]);
  return reshape(graph, placed, [batch, height, width, outChannels]);
}

/** The one matrix, in rows, that multiplies flattened tiles as `matrix` and its transpose do from both sides. */
function onBothSides(matrix: Matrix): number[] {
  return matrix.flatMap((above) =>
    matrix.flatMap((beside) => above.flatMap((left) => beside.map((right) => left * right))),
  );
}

/** [16 · tiles]: where each pixel of each tile lies in a map of so many pixels; outside of it, behind its last one. */
function pixelsOfTiles(height: number, width: number): [name: string, values: readonly number[]] {
  const values: number[] = [];
  for (let y = -1; y < 3; y++)
    for (let x = -1; x < 3; x++)
      for (let top = y; top < height + y; top += 2)
        for (let left = x; left < width + x; left += 2)
          values.push(top < 0 || top >= height || left < 0 || left >= width ? height * width : top * width + left);
  return [`pixels of tiles ${height}×${width}`, values];
}
