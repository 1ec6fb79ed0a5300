import { float16Bits } from '../../checkpoint/tensors/float-bits.ts';
import {
  type Attribute,
  type Dimension,
  type ElementType,
  type OnnxNode,
  type OnnxTensor,
  type OnnxTensorData,
  type OnnxValueInfo,
  writeOnnxModel,
} from './onnx-writer.ts';
import type { ComputeType } from '../../contract/memory.ts';

/** A tensor inside the graph. The builders track types and shapes themselves, so that no Shape operator is needed. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** What a node is beside its operator: attributes, and the operator's domain where it is not ai.onnx. */
interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Whether outputs that nothing reads stay in the file, where a kernel does otherwise without them. */
  readonly keepsUnread?: boolean;
}

export interface ValueType {
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

interface GraphNode {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly options: NodeOptions;
}

export const microsoft = 'com.microsoft';
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

/** Collects the nodes of one graph in the order of computation and writes them as an ONNX file. */
export class GraphBuilder {
  readonly #name: string;
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #outputs = new Map<string, OnnxValueInfo>();
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #nodes: GraphNode[] = [];
  #nodeCount = 0;
  /** Which kernels the provider has: see KernelSet. */
  readonly kernels: KernelSet;

  constructor(name: string, kernels: KernelSet) {
    this.#name = name;
    this.kernels = kernels;
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const value = { name, type, shape };
    this.#inputs.push(value);
    return value;
  }

  /** Makes the value of a node an output of the graph under this name. A value can be only one output. */
  output(name: string, value: Value): void {
    this.#outputs.set(value.name, { ...value, name });
  }

  /** Adds a node with one output. An input of null leaves an optional input out. */
  node(
    opType: string,
    inputs: readonly (Value | null)[],
    { type, shape }: ValueType,
    options: NodeOptions = {},
  ): Value {
    const [value] = this.nodes(opType, inputs, [{ type, shape }], options);
    if (value === undefined) throw new RangeError(`${opType} has no output`);
    return value;
  }

  /**
   * Adds a node with several outputs. An output that is a Value already (see takeBack) keeps its name. What a
   * com.microsoft kernel would write and nothing reads, is left out of the file, so that it is not computed, unless the
   * options say otherwise.
   */
  nodes(
    opType: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (ValueType | Value)[],
    options: NodeOptions = {},
  ): Value[] {
    const name = `${opType}_${this.#nodeCount++}`;
    const values = outputs.map((output, index) =>
      'name' in output ? output : { name: `${name}:${index}`, type: output.type, shape: output.shape },
    );
    this.#nodes.push({ opType, name, inputs, outputs: values, options });
    return values;
  }

  /** The terms of the Add that made `value`, if it was the node added last; null otherwise. */
  sumBehind(value: Value): readonly [Value, Value] | null {
    const node = this.#nodes.at(-1);
    const [a, b] = node?.inputs ?? [];
    if (node?.opType !== 'Add' || node.outputs[0] !== value || !a || !b) return null;
    return [a, b];
  }

  /** Takes the node that made `value`, the last one, out of the graph again. The caller makes `value` again. */
  takeBack(value: Value): void {
    if (this.#nodes.at(-1)?.outputs[0] !== value) throw new RangeError(`${value.name} was not made by the last node.`);
    this.#nodes.pop();
  }

  /** A tensor whose bytes lie elsewhere: inside a weight file. */
  initializer(name: string, type: ElementType, shape: readonly number[], data: OnnxTensorData): Value {
    this.#initializers.set(name, { name, type, shape, data });
    return { name, type, shape };
  }

  /** An int64 vector inside the model: shapes, axes, indices. Equal constants are one tensor. */
  integers(values: readonly number[]): Value {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.initializer(`int64[${values.join(',')}]`, 'int64', [values.length], { bytes });
  }

  /** An int32 vector inside the model: what a Gather takes. */
  indices(name: string, values: readonly number[]): Value {
    return this.initializer(`${name}:int32`, 'int32', [values.length], {
      bytes: new Uint8Array(Int32Array.from(values).buffer),
    });
  }

  /** A float tensor inside the model, meant for a few numbers that are no weights. */
  floats(name: string, values: readonly number[], shape: readonly number[], type: ComputeType): Value {
    const singles = Float32Array.from(values);
    const numbers = type === 'float32' ? singles : float16Bits(new Uint32Array(singles.buffer));
    return this.initializer(`${name}:${type}[${shape.join(',')}]`, type, shape, {
      bytes: new Uint8Array(numbers.buffer),
    });
  }

  /** Writes the ONNX file. */
  build(): Uint8Array<ArrayBuffer> {
    return writeOnnxModel({
      name: this.#name,
      inputs: this.#inputs,
      outputs: [...this.#outputs.values()],
      initializers: [...this.#initializers.values()],
      nodes: this.#onnxNodes(),
    });
  }

  #onnxNodes(): OnnxNode[] {
    const read = new Set(this.#nodes.flatMap((node) => node.inputs.map((input) => input?.name)));
    return this.#nodes.map(({ opType, name, inputs, outputs, options }) => ({
      opType,
      name,
      domain: options.domain ?? '',
      inputs: inputs.map((input) => (input === null ? '' : (this.#outputs.get(input.name)?.name ?? input.name))),
      outputs: outputs.map((output) => {
        const needed = options.domain !== microsoft || options.keepsUnread === true || read.has(output.name);
        return this.#outputs.get(output.name)?.name ?? (needed ? output.name : '');
      }),
      attributes: options.attributes ?? {},
    }));
  }
}

/**
 * Which kernels a graph is made for. 'gpu': the WebGPU provider's own operators (com.microsoft GroupNorm,
 * BiasSplitGelu, flash attention). 'software-gpu': the same without flash attention, for WebGPU adapters that run on
 * the CPU. 'portable': what the CPU (wasm) provider implements, at the price of more nodes.
 */
export type KernelSet = 'gpu' | 'software-gpu' | 'portable';
