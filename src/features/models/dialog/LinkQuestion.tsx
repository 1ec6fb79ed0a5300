import { Dialog } from '@base-ui/react/dialog';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../../ui/Button.tsx';
import { DialogBox } from '../../../ui/DialogBox.tsx';
import { engineStore } from '../loading/engine-store.ts';
import { linkedModelStore } from './linked-model.ts';
import styles from './facts.module.css';
import { sourceHost, sourceName } from '../sources/sources.ts';

/** Whether the model that a link asks for may be looked up. What it costs is asked after that. */
export function LinkQuestion(): ReactElement {
  const asked = useStore(linkedModelStore, (state) => state.asked);
  const chosen = useStore(engineStore, (state) => sourceName(state.choice.source));
  return (
    <DialogBox
      isOpen={asked !== null}
      onOpenChange={(open) => {
        if (!open) asked?.answer(false);
      }}
      title="This link asks for another model"
      hasClose={false}
    >
      {asked !== null && (
        <>
          <dl className={styles['facts']}>
            <dt>Model</dt>
            <dd>{sourceName(asked.source)}</dd>
            <dt>From</dt>
            <dd>{sourceHost(asked.source)}</dd>
          </dl>
          <Dialog.Description className={styles['hint']}>
            Nothing has been fetched from there. If you look it up, {sourceHost(asked.source)} is asked how large the
            model is, and you are asked again before it is downloaded.
          </Dialog.Description>
          <div className={styles['answers']}>
            <Button
              look="primary"
              onClick={() => {
                asked.answer(true);
              }}
            >
              Look it up
            </Button>
            <Button
              onClick={() => {
                asked.answer(false);
              }}
            >
              Keep {chosen}
            </Button>
          </div>
        </>
      )}
    </DialogBox>
  );
}
