import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import { runInto, type RunInto } from '../../runtime/run-into.ts';
import type { Backend, Session } from '../../runtime/sessions.ts';
import type { Branch } from '../modules/conditions.ts';
import type { Reuse } from './deep-features.ts';
import type { StepCall, StepRunner } from './step-runner.ts';
import { wordMapFeeds } from './word-map-buffers.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';
import { fusedUpdateTensors } from '../../graph/graphs/fused-update.ts';

interface BranchwiseSessions {
  /** The network alone. */
  readonly unet: RunInto;
  /** Guidance, sampler and preview from the noise predictions of all branches. */
  readonly update: Session;
  /** With the shallow network alone, where the other gives deep features; else null. */
  readonly reuse: Reuse | null;
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
    await this.#sessions.reuse?.features.prepare(new Array<number>(branchCount).fill(1));
    if (this.#stacked?.tensor.dims[0] === branchCount) return;
    this.#stacked?.dispose();
    this.#stacked = null;
    const dims = [branchCount, ...this.#prediction.tensor.dims.slice(1)];
    this.#stacked = await OwnedTensor.create(this.#backend, dims);
  }

  async run(call: StepCall): Promise<void> {
    const { depth, feeds, groups, references, wordMaps, leadingGroup, outputs, makesBuffers } = call;
    const stacked = this.#stacked;
    if (stacked === null) throw new RangeError('The branches were not prepared.');
    if (depth === 'full') {
      const maps = wordMapFeeds(wordMaps, true);
      for (const { feeds: own, outputs: left } of references)
        await this.#sessions.unet({ ...feeds, ...maps.inputs, ...own }, left, makesBuffers);
    }
    const others = [...groups.keys()].filter((index) => index !== leadingGroup);
    for (const index of [leadingGroup, ...others]) {
      await this.#predict(call, index);
      stacked.copyFrom(this.#prediction, index * this.#prediction.tensor.size);
    }
    const all = { ...feeds, [fusedUpdateTensors.noisePredictions]: stacked.tensor };
    await runInto(this.#sessions.update, all, outputs, makesBuffers);
  }

  /** The noise prediction of one branch. */
  #predict({ depth, feeds, groups, wordMaps, leadingGroup, makesBuffers }: StepCall, branch: number): Promise<void> {
    const { unet, reuse } = this.#sessions;
    const maps = wordMapFeeds(wordMaps, branch === leadingGroup);
    const inputs = { ...feeds, ...groups[branch], ...maps.inputs };
    const outputs = { [unetTensors.noisePrediction]: this.#prediction.tensor };
    if (reuse === null) return unet(inputs, { ...outputs, ...maps.outputs }, makesBuffers);
    const features = reuse.features.feeds(branch);
    return depth === 'full'
      ? unet(inputs, { ...outputs, ...features, ...maps.outputs }, makesBuffers)
      : reuse.shallow({ ...inputs, ...features }, outputs, makesBuffers);
  }

  dispose(): void {
    this.#prediction.dispose();
    this.#stacked?.dispose();
    this.#sessions.reuse?.features.dispose();
  }
}
