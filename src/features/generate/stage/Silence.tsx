import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ErrorData } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { engineStore } from '../../models/loading/engine-store.ts';
import styles from './stage.module.css';

const endedByHand: ErrorData = {
  code: 'engine-silent',
  message: 'The engine said nothing and was ended. Press “Try again”: it starts anew.',
};

/** Said while the engine is silent; shows nothing else. */
export function Silence(): ReactElement | null {
  const isSilent = useStore(engineStore, (state) => state.isSilent);
  if (!isSilent) return null;
  return (
    <div className={styles['notice']} role="status">
      <p>The engine has said nothing for a while. It may still be computing; if nothing moves, end it.</p>
      <Button
        look="quiet"
        onClick={() => {
          engine.terminate(endedByHand);
        }}
      >
        End the engine
      </Button>
    </div>
  );
}
