import { GraphBuilder, type Value } from '../../graph/onnx/graph-builder.ts';
import type { Dimension } from '../../graph/onnx/onnx-writer.ts';

/** What stands for the open dimensions of a graph. */
type OpenDimensions = Readonly<Record<string, number>>;

type Nodes = GraphBuilder['nodes'];

/**
 * A graph that counts what its products, convolutions and attentions compute, two operations a multiplication and
 * addition. What goes through a tensor element by element is not counted: beside them it is small.
 */
export class FlopCounter extends GraphBuilder {
  readonly #open: OpenDimensions;
  #flop = 0;

  /** For the WebGPU provider's own operators, whose attention is one node. */
  constructor(open: OpenDimensions) {
    super('counted', 'gpu');
    this.#open = open;
  }

  get flop(): number {
    return this.#flop;
  }

  override nodes(...[opType, inputs, outputs, options]: Parameters<Nodes>): Value[] {
    this.#flop += 2 * this.#multiplications(opType, inputs, outputs);
    return super.nodes(opType, inputs, outputs, options);
  }

  #multiplications(opType: string, inputs: Parameters<Nodes>[1], [output]: Parameters<Nodes>[2]): number {
    const [a, b] = inputs;
    if (!a || !b || output === undefined) return 0;
    switch (opType) {
      case 'Gemm':
        // [rows, in] with [out, in]
        return this.#count(a.shape) * this.#count(b.shape.slice(0, 1));
      case 'MatMul':
        return this.#count(output.shape) * this.#count(a.shape.slice(-1));
      case 'Conv':
        // [out, in, k, k] at each place
        return this.#count(output.shape) * this.#count(b.shape.slice(1));
      case 'MultiHeadAttention':
        return this.#attention(a, b, inputs[6] ?? null);
      default:
        return 0;
    }
  }

  /** Scores and their sums of values. @param past [N, heads, T, d], where keys are those of earlier tokens */
  #attention(query: Value, key: Value, past: Value | null): number {
    const { shape } = past ?? key;
    // [N, T, C] or [N, heads, T, d]
    const tokens = shape.at(shape.length === 4 ? 2 : 1) ?? 0;
    return 2 * this.#count(query.shape) * this.#count([tokens]);
  }

  #count(shape: readonly Dimension[]): number {
    return shape
      .flatMap((dimension) => String(dimension).split('*'))
      .reduce((all, part) => all * this.#sizeOf(part), 1);
  }

  #sizeOf(part: string): number {
    const size = this.#open[part] ?? Number(part);
    if (Number.isNaN(size)) throw new RangeError(`Nothing stands for ${part}.`);
    return size;
  }
}
