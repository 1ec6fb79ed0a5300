import type { CSSProperties, ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ActiveRun } from '../run/run-state.ts';
import { phaseText, progress, timeLeft } from '../run/run-state.ts';
import styles from './progress.module.css';
import { timeLeftText } from '../../../ui/time-left-text.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { loadingShare } from '../../models/loading/loading.ts';

/** Phase, step x of n, and the time that is left. */
export function RunProgress({ run }: { readonly run: ActiveRun }): ReactElement {
  const left = timeLeft(run);
  const loaded = useStore(engineStore, ({ model }) => loadingShare(model) ?? 0);
  const share = progress(run, loaded);
  const style: CSSProperties & Record<`--${string}`, string> = { '--share': String(share) };
  const isDenoising = run.phase === 'denoise';
  return (
    <div className={styles['progress']}>
      <div
        className={styles['bar']}
        role="progressbar"
        aria-label="Picture"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        style={style}
      />
      <div className={styles['text']}>
        <span>{phaseText(run)}</span>
        {isDenoising && run.step > 0 && (
          <span className={styles['steps']}>
            step {run.step} of {run.steps}
          </span>
        )}
        {isDenoising && left !== null && run.kind === 'running' && (
          <span className={styles['left']}>{timeLeftText(left)}</span>
        )}
      </div>
    </div>
  );
}
