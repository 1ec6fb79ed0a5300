/** The first three actions have a hint each. Each goes when its action is done or it is closed, and never comes back. */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import { composeStore } from '../features/compose/draft/compose-store.ts';
import { wellsStore } from '../features/compose/wells/wells-store.ts';
import { runStore } from '../features/generate/run/controller.ts';
import { isActive } from '../features/generate/run/run-state.ts';
import { settingsStore } from '../features/settings/settings.ts';
import type { Slice } from '../storage/slice.ts';

/** In the order in which they are hinted at. */
const steps = ['generate', 'pin', 'alpha'] as const;
export type FirstStep = (typeof steps)[number];

const firstStepsSchema = z.object({ done: z.array(z.enum(steps)) });
type FirstSteps = z.infer<typeof firstStepsSchema>;

export const firstStepsSlice: Slice<FirstSteps> = {
  key: 'first-steps',
  version: 1,
  schema: firstStepsSchema,
  migrations: {},
};

/** Nobody gets hints until it is known that they are new here. */
export const firstStepsStore = createStore<FirstSteps>(() => ({ done: [...steps] }));

const { getState, setState } = firstStepsStore;

/** @param kept what an earlier visit has kept; null where there is nothing @param isNew nothing at all was kept */
export function beginFirstSteps(kept: FirstSteps | null, isNew: boolean): void {
  if (kept !== null) setState(kept);
  else if (isNew) setState({ done: [] });
}

export function endStep(step: FirstStep): void {
  if (!getState().done.includes(step)) setState(({ done }) => ({ done: [...done, step] }));
}

/** What of the page tells whether a step can be taken. */
interface Page {
  readonly hasCaption: boolean;
  readonly hasPins: boolean;
  readonly hasPictures: boolean;
  readonly isMaking: boolean;
}

/** The one hint that there is now: that of the first step that is left, once it can be taken. */
export function stepToHint({ done }: FirstSteps, page: Page): FirstStep | null {
  const step = steps.find((each) => !done.includes(each));
  return step === undefined || page.isMaking || !isPossible[step](page) ? null : step;
}

const isPossible: Readonly<Record<FirstStep, (page: Page) => boolean>> = {
  generate: ({ hasCaption }) => hasCaption,
  pin: ({ hasCaption, hasPictures }) => hasCaption && hasPictures,
  alpha: ({ hasPins, hasPictures }) => hasPins && hasPictures,
};

/** A step that is taken needs no hint, whether it has been given or not. */
export function followFirstSteps(): void {
  runStore.subscribe(({ run }) => {
    if (isActive(run)) endStep('generate');
  });
  composeStore.subscribe((state, before) => {
    // What is set as a whole is an example or a recipe: nobody has pinned it.
    if (state.composition === before.composition && pinnedIds(state).some((id) => !pinnedIds(before).includes(id)))
      endStep('pin');
  });
  wellsStore.subscribe(({ written }) => {
    if (written !== null) endStep('pin');
  });
  settingsStore.subscribe((state, before) => {
    const { alpha } = before;
    if (state.alpha !== alpha && JSON.stringify({ ...state, alpha }) === JSON.stringify(before)) endStep('alpha');
  });
}

function pinnedIds({ pins }: Pick<ReturnType<typeof composeStore.getState>, 'pins'>): readonly string[] {
  return pins.flatMap(({ subjects }) => subjects.map(({ id }) => id));
}
