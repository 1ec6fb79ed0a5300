import type { Tensor } from 'onnxruntime-web';

import type { ComputeType } from '../../contract/memory.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';
import type { Feeds, RunInto } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { zeroTensor } from '../../runtime/tensors.ts';

/** Which part of the network a step computes: all of it, or what lies around the deep features of an earlier step. */
export type StepDepth = 'full' | 'shallow';

/** What shallow steps are made with. */
export interface Reuse {
  readonly shallow: RunInto;
  readonly features: DeepFeatures;
}

/** What a full step leaves for the shallow ones after it: one tensor for each run of the network. */
export class DeepFeatures {
  readonly #backend: Backend;
  readonly #type: ComputeType;
  readonly #shape: readonly number[];
  #tensors: readonly Tensor[] = [];

  /** @param shape of one branch, [h, w, C_d] */
  constructor(backend: Backend, type: ComputeType, shape: readonly number[]) {
    this.#backend = backend;
    this.#type = type;
    this.#shape = shape;
  }

  /** @param branches of each run of the network. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async prepare(branches: readonly number[]): Promise<void> {
    if (branches.join() === this.#tensors.map(({ dims }) => dims[0]).join()) return;
    this.dispose();
    const made: Tensor[] = [];
    this.#tensors = made;
    for (const count of branches) made.push(await zeroTensor(this.#backend, this.#type, [count, ...this.#shape]));
  }

  /** Those of one run, to be written or read. */
  feeds(run: number): Feeds {
    const tensor = this.#tensors[run];
    if (tensor === undefined) throw new RangeError('The deep features were not prepared.');
    return { [unetTensors.deepFeatures]: tensor };
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor.dispose();
    this.#tensors = [];
  }
}
