import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { runStore } from '../run/controller.ts';
import { isActive, phaseText, type RunState } from '../run/run-state.ts';

/** Said to screen readers: phases and quarters of the way, not every step. */
function announcement(run: RunState): string {
  switch (run.kind) {
    case 'idle':
    case 'failed':
      return '';
    case 'done':
      return run.summary.pictures === 1 ? 'The picture is finished.' : `${run.summary.pictures} pictures are finished.`;
    case 'cancelled':
      return 'Stopped.';
    default: {
      const quarter = Math.floor((4 * run.step) / run.steps);
      const way = run.phase === 'denoise' && quarter > 0 && quarter < 4 ? `, ${quarter * 25} percent` : '';
      return `${phaseText(run)}${way}`;
    }
  }
}

export function Announcer(): ReactElement {
  const text = useStore(runStore, ({ run }) => announcement(run));
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}

const waiting = 'Pinword';

/** Title of the tab, so that a run can be followed from another one. @param unseen how the last one ended while nobody looked */
export function titleOf(run: RunState, unseen: string | null): string {
  if (!isActive(run)) return unseen === null ? waiting : `${unseen} · ${waiting}`;
  return run.phase === 'denoise' && run.step > 0 ? `${run.step}/${run.steps} · ${waiting}` : `… · ${waiting}`;
}
