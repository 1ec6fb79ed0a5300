/** A model that a link asks for. Nothing is fetched from its host before the person agrees. */
import { createStore } from 'zustand/vanilla';
import type { ModelSource } from '../../../../workers/api.ts';

export type LinkedSource = Extract<ModelSource, { kind: 'url' }>;

interface Asked {
  readonly source: LinkedSource;
  readonly answer: (agreed: boolean) => void;
}

export const linkedModelStore = createStore<{ readonly asked: Asked | null }>(() => ({ asked: null }));

/** @returns whether the person agrees */
export function askForLinked(source: LinkedSource): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (agreed: boolean): void => {
      linkedModelStore.setState({ asked: null });
      resolve(agreed);
    };
    linkedModelStore.setState({ asked: { source, answer } });
  });
}
