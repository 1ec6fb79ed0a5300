import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../workers/api.ts';
import { composeStore } from '../features/compose/draft/compose-store.ts';
import { galleryStore } from '../features/gallery/gallery-store.ts';
import { runStore } from '../features/generate/run/controller.ts';
import { isActive } from '../features/generate/run/run-state.ts';
import { IconButton } from '../ui/Button.tsx';
import styles from './app.module.css';
import { endStep, firstStepsStore, stepToHint, type FirstStep } from './first-steps.ts';

const hints: Readonly<Record<FirstStep, string>> = {
  generate: 'Press Generate to make this picture.',
  pin: 'Click a word above and give it your own picture.',
  alpha: 'Move α, even while a picture forms.',
};

/** What to do next, beside where it is done: read in its place, over nothing, and gone when it is done or closed. */
export function FirstStepHint({ step }: { readonly step: FirstStep }): ReactElement | null {
  const hasCaption = useStore(composeStore, ({ caption }) => splitWords(caption).length > 0);
  const hasPins = useStore(composeStore, ({ pins }) => pins.length > 0);
  const hasPictures = useStore(galleryStore, ({ pictures }) => pictures.length > 0);
  const isMaking = useStore(runStore, ({ run }) => isActive(run));
  const now = stepToHint(useStore(firstStepsStore), { hasCaption, hasPins, hasPictures, isMaking });
  if (now !== step) return null;
  return (
    <div role="note" aria-label="First steps" className={styles['hint']}>
      <p>{hints[step]}</p>
      <IconButton
        label="Close this hint"
        icon="close"
        onClick={(event) => {
          // The button goes: what it stood before is next.
          const next = event.currentTarget.closest('[role=note]')?.nextElementSibling;
          next?.querySelector<HTMLElement>('button, input')?.focus();
          endStep(step);
        }}
      />
    </div>
  );
}
