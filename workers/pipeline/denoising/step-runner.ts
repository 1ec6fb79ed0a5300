import type { Feeds } from '../../runtime/run-into.ts';
import type { Branch } from '../modules/conditions.ts';

/** One step on a device, with the branches in one run of the network or in several. */
export interface StepRunner {
  /** The branches of each run of the network. */
  groupsOf(branches: readonly Branch[]): readonly (readonly Branch[])[];
  /** Makes what steps of so many branches need. @throws PinwordError 'out-of-memory' | 'device-lost' */
  prepare(branchCount: number): Promise<void>;
  /**
   * @param feeds what all runs share: latents, history, noise, time_embedding, coefficients
   * @param groups what each run is told beside that
   * @param outputs next_latents, pred_original_sample, preview
   * @param makesBuffers see runInto
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  run(feeds: Feeds, groups: readonly Feeds[], outputs: Feeds, makesBuffers: boolean): Promise<void>;
  dispose(): void;
}
