import type { Tensor } from 'onnxruntime-web';

import { PinwordError } from '../../errors.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { intTensor } from '../../runtime/tensors.ts';
import type { Branch, ConditionSource, HostFeeds } from './conditions.ts';
import { crossAttentionStatesTensors } from '../../graph/graphs/cross-attention-states.ts';

/** The hidden states of caption and negative prompt, which every branch attends to. */
export class TextSource implements ConditionSource {
  readonly kind = 'text';
  readonly #backend: Backend;
  readonly #hiddenStates: Tensor;
  readonly #order: readonly Branch[];

  /**
   * @param hiddenStates [rows,S,D] f32, on the host
   * @param order the branch of each row
   */
  constructor(backend: Backend, hiddenStates: Tensor, order: readonly Branch[]) {
    this.#backend = backend;
    this.#hiddenStates = hiddenStates;
    this.#order = order;
  }

  projectionInputs(branches: readonly Branch[]): Feeds {
    const rows = Int32Array.from(branches, (branch) => this.#rowOf(branch));
    return {
      [crossAttentionStatesTensors.hiddenStates]: this.#hiddenStates,
      [crossAttentionStatesTensors.branchRows]: intTensor(this.#backend, rows, [rows.length]),
    };
  }

  /** Text has no scale of its own: α and w weigh what comes of it. */
  liveFeeds(): HostFeeds {
    return {};
  }

  /** Where no pseudo-word is pinned, the unified condition says what the text says. */
  #rowOf(branch: Branch): number {
    const known = branch === 'unified' && !this.#order.includes('unified') ? 'text' : branch;
    const row = this.#order.indexOf(known);
    if (row < 0) throw new PinwordError('internal', `No hidden states for the branch "${branch}".`);
    return row;
  }
}
