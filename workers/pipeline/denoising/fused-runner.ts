import type { RunInto } from '../../runtime/run-into.ts';
import type { Branch } from '../modules/conditions.ts';
import type { Reuse } from './deep-features.ts';
import type { StepCall, StepRunner } from './step-runner.ts';
import { wordMapFeeds, type WordMapFeeds } from './word-map-buffers.ts';

/** All branches, guidance, sampler and preview in one run. */
export class FusedRunner implements StepRunner {
  readonly #step: RunInto;
  readonly #reuse: Reuse | null;

  /**
   * @param step the graph of buildDenoisingStep
   * @param reuse with the graph of buildShallowStep, where the other gives deep features; else null
   */
  constructor(step: RunInto, reuse: Reuse | null) {
    this.#step = step;
    this.#reuse = reuse;
  }

  groupsOf(branches: readonly Branch[]): readonly (readonly Branch[])[] {
    return [branches];
  }

  async prepare(branchCount: number): Promise<void> {
    await this.#reuse?.features.prepare([branchCount]);
  }

  async run(call: StepCall): Promise<void> {
    const { depth, feeds, references, wordMaps, makesBuffers } = call;
    const maps = wordMapFeeds(wordMaps, true);
    if (depth === 'full') {
      for (const { feeds: own, outputs } of references)
        await this.#step({ ...feeds, ...maps.inputs, ...own }, outputs, makesBuffers);
    }
    return this.#runBranches(call, maps);
  }

  #runBranches({ depth, feeds, groups: [group], outputs, makesBuffers }: StepCall, maps: WordMapFeeds): Promise<void> {
    const inputs = { ...feeds, ...group, ...maps.inputs };
    if (this.#reuse === null) return this.#step(inputs, { ...outputs, ...maps.outputs }, makesBuffers);
    const features = this.#reuse.features.feeds(0);
    return depth === 'full'
      ? this.#step(inputs, { ...outputs, ...features, ...maps.outputs }, makesBuffers)
      : this.#reuse.shallow({ ...inputs, ...features }, outputs, makesBuffers);
  }

  dispose(): void {
    this.#reuse?.features.dispose();
  }
}
