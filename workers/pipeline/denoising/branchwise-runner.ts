import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import { runInto, type Feeds } from '../../runtime/run-into.ts';
import type { Backend, Session } from '../../runtime/sessions.ts';
import type { Branch } from '../modules/conditions.ts';
import type { StepRunner } from './step-runner.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';
import { fusedUpdateTensors } from '../../graph/graphs/fused-update.ts';

interface BranchwiseSessions {
  /** The network alone. */
  readonly unet: Session;
  /** Guidance, sampler and preview from the noise predictions of all branches. */
  readonly update: Session;
}

/** One run of the network for each branch: slower than FusedRunner, with a part of its activations. */
export class BranchwiseRunner implements StepRunner {
  readonly #backend: Backend;
  readonly #sessions: BranchwiseSessions;
  /** [1, C, h·w] */
  readonly #prediction: OwnedTensor;
  /** [B, C, h·w] */
  #stacked: OwnedTensor | null = null;

  private constructor(backend: Backend, sessions: BranchwiseSessions, prediction: OwnedTensor) {
    this.#backend = backend;
    this.#sessions = sessions;
    this.#prediction = prediction;
  }

  /** @param dims of the latents, [1, C, h·w]. @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async open(
    backend: Backend,
    sessions: BranchwiseSessions,
    dims: readonly number[],
  ): Promise<BranchwiseRunner> {
    return new BranchwiseRunner(backend, sessions, await OwnedTensor.create(backend, dims));
  }

  groupsOf(branches: readonly Branch[]): readonly (readonly Branch[])[] {
    return branches.map((branch) => [branch]);
  }

  async prepare(branchCount: number): Promise<void> {
    if (this.#stacked?.tensor.dims[0] === branchCount) return;
    this.#stacked?.dispose();
    this.#stacked = null;
    const dims = [branchCount, ...this.#prediction.tensor.dims.slice(1)];
    this.#stacked = await OwnedTensor.create(this.#backend, dims);
  }

  async run(feeds: Feeds, groups: readonly Feeds[], outputs: Feeds, makesBuffers: boolean): Promise<void> {
    const stacked = this.#stacked;
    if (stacked === null) throw new RangeError('The branches were not prepared.');
    const { tensor } = this.#prediction;
    for (const [index, group] of groups.entries()) {
      await runInto(
        this.#sessions.unet,
        { ...feeds, ...group },
        { [unetTensors.noisePrediction]: tensor },
        makesBuffers,
      );
      stacked.copyFrom(this.#prediction, index * tensor.size);
    }
    const all = { ...feeds, [fusedUpdateTensors.noisePredictions]: stacked.tensor };
    await runInto(this.#sessions.update, all, outputs, makesBuffers);
  }

  dispose(): void {
    this.#prediction.dispose();
    this.#stacked?.dispose();
  }
}
