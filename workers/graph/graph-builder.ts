import { float16Bits } from '../checkpoint/float-bits.ts';
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

/** A tensor inside the graph. The builders track types and shapes themselves, so that no Shape operator is needed. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

export type FloatType = 'float32' | 'float16';

/** What a node is beside its operator: attributes, and the operator's domain where it is not ai.onnx. */
export interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface ValueType {
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
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
  readonly #nodes: OnnxNode[] = [];
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
  node(opType: string, inputs: readonly (Value | null)[], output: ValueType, options: NodeOptions = {}): Value {
    const [value] = this.nodes(opType, inputs, [output], options);
    if (value === undefined) throw new RangeError(`${opType} has no output`);
    return value;
  }

  /** Adds a node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly (Value | null)[],
    outputs: readonly ValueType[],
    options: NodeOptions = {},
  ): Value[] {
    const name = `${opType}_${this.#nodes.length}`;
    const values = outputs.map(({ type, shape }, index) => ({ name: `${name}:${index}`, type, shape }));
    this.#nodes.push({
      opType,
      name,
      domain: options.domain ?? '',
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: values.map((value) => value.name),
      attributes: options.attributes ?? {},
    });
    return values;
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

  /** A float tensor inside the model, meant for a few numbers that are no weights. */
  floats(name: string, values: readonly number[], shape: readonly number[], type: FloatType): Value {
    const singles = Float32Array.from(values);
    const numbers = type === 'float32' ? singles : float16Bits(new Uint32Array(singles.buffer));
    return this.initializer(`${name}:${type}[${shape.join(',')}]`, type, shape, { bytes: new Uint8Array(numbers.buffer) });
  }

  /** Writes the ONNX file. */
  build(): Uint8Array<ArrayBuffer> {
    const rename = (name: string): string => this.#outputs.get(name)?.name ?? name;
    return writeOnnxModel({
      name: this.#name,
      inputs: this.#inputs,
      outputs: [...this.#outputs.values()],
      initializers: [...this.#initializers.values()],
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
    });
  }
}

/**
 * Which kernels a graph is made for. 'gpu': the WebGPU provider's own operators (com.microsoft GroupNorm,
 * BiasSplitGelu, flash attention). 'software-gpu': the same without flash attention, for WebGPU adapters that run on
 * the CPU. 'portable': what the CPU (wasm) provider implements, at the price of more nodes.
 */
export type KernelSet = 'gpu' | 'software-gpu' | 'portable';
