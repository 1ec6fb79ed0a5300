import { useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { settingsStore } from '../settings/settings.ts';
import { cancel, runStore } from './controller.ts';
import styles from './generate.module.css';
import { NotifyButton } from './NotifyButton.tsx';
import { requestPicture } from './queue.ts';
import { isActive } from './run-state.ts';

/** A second press this soon is the end of a double click on Generate, not a wish for another picture. */
const doublePress = 500;

/** Generate stays where it is and can be pressed while a picture forms: the next one waits for its turn. */
export function GenerateBar(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const count = useStore(settingsStore, (state) => state.count);
  const pressedAt = useRef(-Infinity);
  const active = isActive(run) ? run : null;

  const press = (): void => {
    const now = performance.now();
    const isDouble = now - pressedAt.current < doublePress;
    pressedAt.current = now;
    if (!isDouble) void requestPicture(engine);
  };

  return (
    <div className={styles['generateBar']}>
      <Button
        look={active === null ? 'primary' : 'plain'}
        className={styles['wide']}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        title={active === null ? 'Ctrl+Enter' : 'Another one, which waits for its turn (Ctrl+Enter)'}
        onClick={press}
      >
        {count > 1 ? `Generate ${count} pictures` : 'Generate'}
      </Button>
      {active !== null && (
        <>
          <Button
            icon="stop"
            className={styles['stop']}
            onClick={() => {
              cancel(engine);
            }}
          >
            {active.kind === 'cancelling' ? 'Stop now' : 'Cancel'}
            {active.kind === 'running' && active.phase === 'denoise' && (
              <span className={styles['count']} aria-hidden="true">
                {active.step} / {active.steps}
              </span>
            )}
          </Button>
          <NotifyButton />
        </>
      )}
    </div>
  );
}
