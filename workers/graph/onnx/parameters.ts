import type { TensorDtype, TensorInfo, TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { precisions, type ComputeType } from '../../contract/memory.ts';

/** The tensors of one weight file, and the name under which ONNX Runtime will find that file. */
export interface GraphWeights {
  readonly table: TensorTable;
  readonly location: string;
}

/** A finished graph and the tensors of the table that it reads. */
export interface BuiltGraph {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly usedTensors: ReadonlySet<string>;
}

/** The ONNX file is written when it is first asked for: who only wants to know what is read does not wait for it. */
export function builtGraph(graph: GraphBuilder, usedTensors: ReadonlySet<string>): BuiltGraph {
  let model: Uint8Array<ArrayBuffer> | null = null;
  return {
    get model() {
      model ??= graph.build();
      return model;
    },
    usedTensors,
  };
}

const floatTypes: ReadonlyMap<TensorDtype, ComputeType> = new Map(
  Object.values(precisions).map(({ dtype, type }) => [dtype, type]),
);

/**
 * The compute type of a graph over this file: that of its first F32 or F16 tensor.
 * @throws PinwordError 'tensor-dtype' where there is none.
 */
export function computeType(weights: GraphWeights): ComputeType {
  for (const { dtype } of weights.table.values()) {
    const type = floatTypes.get(dtype);
    if (type !== undefined) return type;
  }
  throw new PinwordError(
    'tensor-dtype',
    `${weights.location} holds no tensor of type F32 or F16, so it cannot be computed with.`,
  );
}

const describe = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Looks tensors up by module path, as PyTorch names them, and brings them into the graph as external data. */
export class Parameters {
  readonly #graph: GraphBuilder;
  readonly #weights: GraphWeights;
  readonly #prefix: string;
  readonly #used: Set<string>;
  /** The one type that all float tensors of the file must have. */
  readonly type: ComputeType;

  constructor(graph: GraphBuilder, weights: GraphWeights, prefix = '', used = new Set<string>()) {
    this.#graph = graph;
    this.#weights = weights;
    this.#prefix = prefix;
    this.#used = used;
    this.type = computeType(weights);
  }

  /** Names of the tensors taken so far, by this object and its scopes. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /** The parameters of a child module: scope('down_blocks.0').tensor('weight', …) is down_blocks.0.weight. */
  scope(path: string): Parameters {
    return new Parameters(this.#graph, this.#weights, `${this.#prefix}${path}.`, this.#used);
  }

  /** The same tensors for another graph, none of them used. */
  for(graph: GraphBuilder): Parameters {
    return new Parameters(graph, this.#weights);
  }

  /** The path of this scope's module: 'down_blocks.0'. */
  get modulePath(): string {
    return this.#prefix.slice(0, -1);
  }

  has(name: string): boolean {
    return this.#weights.table.has(this.#path(name));
  }

  /** @throws PinwordError 'missing-tensor'. */
  shapeOf(name: string): readonly number[] {
    return this.#find(name).shape;
  }

  /**
   * Brings a tensor into the graph.
   * @param shape what it must be in the file.
   * @param declared what the graph takes it for; the same number of elements. Reading a [C] vector as [C, 1, 1] this
   * way costs nothing, whereas a Reshape of an initializer would copy it to the CPU.
   * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype', each with the tensor's name.
   */
  tensor(name: string, shape: readonly number[], declared: readonly number[] = shape): Value {
    const { offset, length } = this.#take(name, shape);
    const path = this.#path(name);
    const { location } = this.#weights;
    return this.#graph.initializer(`${location}:${path}${describe(declared)}`, this.type, declared, {
      location,
      offset,
      length,
    });
  }

  /**
   * Brings one of the equal parts of a tensor, cut along its first axis, into the graph.
   * @param shape what the whole tensor must be in the file; its first axis divides by `parts`.
   * @throws PinwordError as tensor() does.
   */
  part(name: string, shape: readonly number[], part: number, parts: number): Value {
    const whole = this.#take(name, shape);
    const length = whole.length / parts;
    const declared = shape.map((size, axis) => (axis === 0 ? size / parts : size));
    const { location } = this.#weights;
    const data = { location, offset: whole.offset + part * length, length };
    return this.#graph.initializer(
      `${location}:${this.#path(name)}${describe(declared)}#${part}`,
      this.type,
      declared,
      data,
    );
  }

  /**
   * Counts a tensor as used that the host reads by itself: it is checked, but no part of the graph.
   * @throws PinwordError as tensor() does.
   */
  readByHost(name: string, shape: readonly number[]): void {
    this.#take(name, shape);
  }

  /** Marks a tensor as used. */
  #take(name: string, shape: readonly number[]): TensorInfo {
    const path = this.#path(name);
    const info = this.#find(name);
    if (!sameShape(info.shape, shape)) {
      throw new PinwordError(
        'tensor-shape',
        `The tensor ${path} has the shape ${describe(info.shape)}, but the config asks for ${describe(shape)}. The config and the weights do not belong together: choose files that were saved together.`,
      );
    }
    if (floatTypes.get(info.dtype) !== this.type) {
      throw new PinwordError(
        'tensor-dtype',
        `The tensor ${path} is ${info.dtype}, but the graph computes in ${this.type}.`,
      );
    }
    this.#used.add(path);
    return info;
  }

  /**
   * Refuses tensors that nothing has used.
   * @param ignored says which names may stay unused.
   * @throws PinwordError 'extra-tensor' with the names (the first five).
   */
  refuseExtra(ignored: (name: string) => boolean = () => false): void {
    const extra = [...this.#weights.table.keys()].filter((name) => !this.#used.has(name) && !ignored(name));
    if (extra.length === 0) return;
    const shown = extra.slice(0, 5).join(', ') + (extra.length > 5 ? ` and ${extra.length - 5} more` : '');
    throw new PinwordError(
      'extra-tensor',
      `The weights hold tensors that this model does not have: ${shown}. The config and the weights do not belong together: choose files that were saved together.`,
    );
  }

  #path(name: string): string {
    return `${this.#prefix}${name}`;
  }

  #find(name: string): TensorInfo {
    const info = this.#weights.table.get(this.#path(name));
    if (info === undefined) {
      throw new PinwordError(
        'missing-tensor',
        `The weights lack the tensor ${this.#path(name)}. The config and the weights do not belong together, or the file is incomplete: download both again.`,
      );
    }
    return info;
  }
}
