import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ErrorData } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { chooseModel } from '../../models/loading/choose-model.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { StorageFull } from '../../models/storage/StorageFull.tsx';
import styles from './stage.module.css';

/** What went wrong with the run or the model, and the ways on from there. */
export function Failure({ error, onRetry }: { readonly error: ErrorData; readonly onRetry: () => void }): ReactElement {
  const isOtherModel = useStore(
    engineStore,
    ({ model, choice }) => model.kind === 'failed' && choice.source.kind !== 'embedded',
  );
  return (
    <div className={styles['failure']}>
      <p role="alert">{error.message}</p>
      <div className={styles['waysOn']}>
        {isOtherModel && (
          <Button
            look="quiet"
            onClick={() => {
              chooseModel(engine, { source: { kind: 'embedded' } });
              onRetry();
            }}
          >
            Use the picture book model
          </Button>
        )}
        <Button onClick={onRetry}>Try again</Button>
      </div>
      {error.code === 'storage-quota' && <StorageFull onRetry={onRetry} />}
    </div>
  );
}
