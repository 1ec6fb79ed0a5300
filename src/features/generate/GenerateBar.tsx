import { useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { settingsStore } from '../settings/settings.ts';
import { cancel, generate, runStore } from './controller.ts';
import styles from './generate.module.css';
import { isActive } from './run-state.ts';

/** A second press this soon is the end of a double click on Generate, not a wish to cancel. */
const doublePress = 500;

/** One button for Generate and Cancel, so that neither hand nor focus need move. */
export function GenerateBar(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const count = useStore(settingsStore, (state) => state.count);
  const pressedAt = useRef(-Infinity);
  const active = isActive(run) ? run : null;

  const press = (): void => {
    const now = performance.now();
    const isDouble = now - pressedAt.current < doublePress;
    if (active === null) {
      pressedAt.current = now;
      void generate(engine);
    } else if (!isDouble) {
      cancel(engine);
    }
  };

  return (
    <div className={styles['generateBar']}>
      <Button
        look={active === null ? 'primary' : 'plain'}
        className={styles['wide']}
        aria-keyshortcuts={active === null ? 'Control+Enter Meta+Enter' : undefined}
        title={active === null ? 'Ctrl+Enter' : undefined}
        {...(active === null ? {} : { icon: 'stop' as const })}
        onClick={press}
      >
        {active === null
          ? count > 1
            ? `Generate ${count} pictures`
            : 'Generate'
          : active.kind === 'cancelling'
            ? 'Stop now'
            : 'Cancel'}
        {active?.kind === 'running' && active.phase === 'denoise' && (
          <span className={styles['count']} aria-hidden="true">
            {active.step} / {active.steps}
          </span>
        )}
      </Button>
    </div>
  );
}
