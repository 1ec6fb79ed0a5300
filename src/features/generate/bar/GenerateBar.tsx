import { useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { settingsStore } from '../../settings/settings.ts';
import { cancel, runStore } from '../run/controller.ts';
import styles from './bar.module.css';
import { NotifyButton } from './NotifyButton.tsx';
import { requestPicture } from '../queue/queue.ts';
import { isActive } from '../run/run-state.ts';

/** A second press this soon is the end of a double click on Generate, not a wish for another picture, nor to cancel. */
const doublePress = 500;

/** Generate stays where it is and can be pressed while a picture forms: the next one waits for its turn. */
export function GenerateBar(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const count = useStore(settingsStore, (state) => state.count);
  const pressedAt = useRef(-Infinity);
  const active = isActive(run) ? run : null;

  const isDouble = (): boolean => performance.now() - pressedAt.current < doublePress;
  const press = (): void => {
    const isSecond = isDouble();
    pressedAt.current = performance.now();
    if (!isSecond) void requestPicture(engine);
  };

  return (
    <div className={styles['bar']}>
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
              // Cancel comes up where the second click of a double one may fall.
              if (!isDouble()) cancel(engine);
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
