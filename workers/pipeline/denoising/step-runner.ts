import type { Feeds } from '../../runtime/run-into.ts';
import type { Branch } from '../modules/conditions.ts';
import type { StepWordMaps } from './word-map-buffers.ts';
import type { StepDepth } from './deep-features.ts';

/** A run of the network over a reference, which leaves keys and values for the branches to see. */
export interface ReferenceRun {
  /** In place of those that the branches' runs share, and beside them. */
  readonly feeds: Feeds;
  readonly outputs: Feeds;
}

/** What one step is told. */
export interface StepCall {
  /** A shallow one comes after a full one of the same branches. */
  readonly depth: StepDepth;
  /** What all runs of the network share: latents, history, noise, coefficients, the biases of the run */
  readonly feeds: Feeds;
  /** What each run is told beside that. */
  readonly groups: readonly Feeds[];
  /** What a full step runs first. */
  readonly references: readonly ReferenceRun[];
  /** null where no words are looked for. */
  readonly wordMaps: StepWordMaps | null;
  /** Which of the groups reads the words; the others are given what it has read. */
  readonly leadingGroup: number;
  /** next_latents, pred_original_sample, preview */
  readonly outputs: Feeds;
  /** See runInto. */
  readonly makesBuffers: boolean;
}

/** One step on a device, with the branches in one run of the network or in several. */
export interface StepRunner {
  /** The branches of each run of the network. */
  groupsOf(branches: readonly Branch[]): readonly (readonly Branch[])[];
  /** Makes what steps of so many branches need. @throws PinwordError 'out-of-memory' | 'device-lost' */
  prepare(branchCount: number): Promise<void>;
  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  run(call: StepCall): Promise<void>;
  dispose(): void;
}
