import type { Tensor } from 'onnxruntime-web';

import { runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { intTensor, zeroTensor } from '../../runtime/tensors.ts';
import { BranchStates, withBranchZeros } from './branch-states.ts';
import { stepOutput, type Denoiser, type StepInput, type StepOutput } from './denoiser.ts';
import { StepFeeds } from './step-feeds.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { ComputeType } from '../../contract/memory.ts';

export interface FusedSessions {
  /** hidden_states, branch_rows → key_i, value_i */
  readonly crossAttentionStates: Session;
  /** One denoising step of all branches with guidance, sampler and preview. */
  readonly step: Session;
}

/** All branches in one run a step. Keeps all that does not change on the GPU. */
export class FusedDenoiser implements Denoiser {
  readonly #backend: Backend;
  readonly #sessions: FusedSessions;
  readonly #computeType: ComputeType;
  readonly #feeds: StepFeeds;
  readonly #states = new BranchStates();

  private constructor(backend: Backend, sessions: FusedSessions, feeds: StepFeeds, computeType: ComputeType) {
    this.#backend = backend;
    this.#sessions = sessions;
    this.#computeType = computeType;
    this.#feeds = feeds;
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async open(
    backend: Backend,
    sessions: FusedSessions,
    size: LatentSize,
    computeType: ComputeType,
  ): Promise<FusedDenoiser> {
    return new FusedDenoiser(backend, sessions, await StepFeeds.open(backend, size), computeType);
  }

  condition(hiddenStates: Tensor, rows: readonly number[]): Promise<void> {
    return this.#states.keep(hiddenStates, rows, async () => {
      const states = await runSession(this.#sessions.crossAttentionStates, {
        hidden_states: hiddenStates,
        branch_rows: intTensor(this.#backend, Int32Array.from(rows), [rows.length]),
      });
      return [await withBranchZeros(states, zeroTensor(this.#backend, this.#computeType, [rows.length, 1, 1]))];
    });
  }

  async step(input: StepInput): Promise<StepOutput> {
    const results = await runSession(this.#sessions.step, {
      ...this.#feeds.update(input),
      time_embedding: this.#feeds.timeEmbedding(input),
      ...this.#states.feeds[0],
    });
    return stepOutput(results);
  }

  dispose(): void {
    this.#states.release();
    this.#feeds.dispose();
  }
}
