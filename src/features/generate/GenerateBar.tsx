import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { settingsStore } from '../settings/settings.ts';
import { cancel, generate, runStore } from './controller.ts';
import styles from './generate.module.css';
import { isActive } from './run-state.ts';

/** One place for Generate and Cancel, so that the hand need not move. */
export function GenerateBar(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const count = useStore(settingsStore, (state) => state.count);
  return (
    <div className={styles['generateBar']}>
      {isActive(run) ? (
        <Button
          key="cancel"
          className={styles['wide']}
          icon="stop"
          onClick={() => {
            cancel(engine);
          }}
        >
          {run.kind === 'cancelling' ? 'Stop now' : 'Cancel'}
          {run.phase === 'denoise' && run.kind === 'running' && (
            <span className={styles['count']} aria-hidden="true">
              {run.step} / {run.steps}
            </span>
          )}
        </Button>
      ) : (
        <Button key="generate" look="primary" className={styles['wide']} aria-keyshortcuts="Control+Enter Meta+Enter" title="Ctrl+Enter" onClick={() => void generate(engine)}>
          {count > 1 ? `Generate ${count} pictures` : 'Generate'}
        </Button>
      )}
    </div>
  );
}
