import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { problemOf } from '../loading/model-abilities.ts';
import { engineStore } from '../loading/engine-store.ts';
import controls from '../../../ui/controls.module.css';
import type { AddedPart } from '../../../../workers/api.ts';

/** What is wrong with something that was added to the model, beside its field. */
export function AddedProblem({ part }: { readonly part: AddedPart }): ReactElement | null {
  const problem = useStore(engineStore, (state) => problemOf(state, part));
  return problem === null ? null : <p className={controls['problem']}>{problem}</p>;
}
