import type { Tensor } from 'onnxruntime-web';

import { runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { intTensor, output, stackTensors, zeroTensor } from '../../runtime/tensors.ts';
import { BranchStates, disposeFeeds, withBranchZeros, type Feeds } from './branch-states.ts';
import { stepOutput, type Denoiser, type StepInput, type StepOutput } from './denoiser.ts';
import { StepFeeds } from './step-feeds.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { ComputeType } from '../../contract/memory.ts';

export interface BranchwiseSessions {
  /** hidden_states, branch_rows → key_i, value_i */
  readonly crossAttentionStates: Session;
  /** The network alone. */
  readonly unet: Session;
  /** Guidance, sampler and preview from the noise predictions of all branches. */
  readonly update: Session;
}

/** One run of the network for each branch: slower than FusedDenoiser, with a third of its activations. */
export class BranchwiseDenoiser implements Denoiser {
  readonly #backend: Backend;
  readonly #sessions: BranchwiseSessions;
  readonly #computeType: ComputeType;
  readonly #feeds: StepFeeds;
  readonly #states = new BranchStates();

  private constructor(backend: Backend, sessions: BranchwiseSessions, feeds: StepFeeds, computeType: ComputeType) {
    this.#backend = backend;
    this.#sessions = sessions;
    this.#computeType = computeType;
    this.#feeds = feeds;
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async open(
    backend: Backend,
    sessions: BranchwiseSessions,
    size: LatentSize,
    computeType: ComputeType,
  ): Promise<BranchwiseDenoiser> {
    return new BranchwiseDenoiser(backend, sessions, await StepFeeds.open(backend, size), computeType);
  }

  condition(hiddenStates: Tensor, rows: readonly number[]): Promise<void> {
    const states = async (row: number): Promise<Feeds> => {
      const branchRows = intTensor(this.#backend, Int32Array.of(row), [1]);
      const made = await runSession(this.#sessions.crossAttentionStates, {
        hidden_states: hiddenStates,
        branch_rows: branchRows,
      });
      return withBranchZeros(made, zeroTensor(this.#backend, this.#computeType, [1, 1, 1]));
    };
    return this.#states.keep(hiddenStates, rows, () => oneByOne(rows, states, disposeFeeds));
  }

  async step(input: StepInput): Promise<StepOutput> {
    const shared = { latents: input.latents, time_embedding: this.#feeds.timeEmbedding(input) };
    const predict = async (states: Feeds): Promise<Tensor> =>
      output(await runSession(this.#sessions.unet, { ...shared, ...states }), 'noise_prediction');
    const predictions = await oneByOne(this.#states.feeds, predict, (tensor) => {
      tensor.dispose();
    });
    const stacked = await stackTensors(this.#backend, predictions);
    try {
      return stepOutput(
        await runSession(this.#sessions.update, { ...this.#feeds.update(input), noise_predictions: stacked }),
      );
    } finally {
      stacked.dispose();
    }
  }

  dispose(): void {
    this.#states.release();
    this.#feeds.dispose();
  }
}

/** Makes one thing after the other; where one cannot be made, those before it are freed. */
async function oneByOne<I, T>(
  items: readonly I[],
  make: (item: I) => Promise<T>,
  free: (made: T) => void,
): Promise<T[]> {
  const made: T[] = [];
  try {
    for (const item of items) made.push(await make(item));
    return made;
  } catch (error) {
    for (const thing of made) free(thing);
    throw error;
  }
}
