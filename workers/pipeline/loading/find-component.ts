import { PinwordError } from '../../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkComponent, type ComponentSpec, type FoundComponent } from './found-component.ts';

/** @returns null where the checkpoint does not have this module. @throws PinwordError as checkComponent and findComponent do */
export async function find<C>(checkpoint: Checkpoint, spec: ComponentSpec<C>): Promise<FoundComponent<C> | null> {
  const files = await checkpoint.component(spec.folder, spec.path);
  return files === null ? null : checkComponent(spec, files, checkpoint);
}

/** A module that a model does without; `reason` says why one that is there cannot be read. */
export interface Usable<C> {
  readonly part: FoundComponent<C> | null;
  readonly reason: PinwordError | null;
}

/** As find, but a config without weights, or with weights as pickles only, is no error. */
export async function findUsable<C>(checkpoint: Checkpoint, spec: ComponentSpec<C>): Promise<Usable<C>> {
  try {
    return { part: await find(checkpoint, spec), reason: null };
  } catch (error) {
    if (!(error instanceof PinwordError) || error.code !== 'file-not-found') throw error;
    return { part: null, reason: error };
  }
}
