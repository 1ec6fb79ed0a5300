import { runInto, type Feeds } from '../../runtime/run-into.ts';
import type { Session } from '../../runtime/sessions.ts';
import type { Branch } from '../modules/conditions.ts';
import type { StepRunner } from './step-runner.ts';

/** All branches, guidance, sampler and preview in one run. */
export class FusedRunner implements StepRunner {
  readonly #step: Session;

  /** @param step the graph of denoising-step.ts */
  constructor(step: Session) {
    this.#step = step;
  }

  groupsOf(branches: readonly Branch[]): readonly (readonly Branch[])[] {
    return [branches];
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  run(feeds: Feeds, [group]: readonly Feeds[], outputs: Feeds, makesBuffers: boolean): Promise<void> {
    return runInto(this.#step, { ...feeds, ...group }, outputs, makesBuffers);
  }

  dispose(): void {
    // It owns nothing.
  }
}
