import type { ReactElement } from 'react';
import type { StoredModel } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import styles from './storage.module.css';

/** What goes on with a stored checkpoint; `asked` is whether it is really to be deleted. */
export type StoredWork =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'checking' | 'deleting' | 'told'; readonly text: string };

/** @param onLoad null where it cannot be told where the checkpoint came from */
export function StoredActions({
  model,
  work,
  onLoad,
  onCheck,
  onStop,
  onAsk,
  onDelete,
}: {
  readonly model: Pick<StoredModel, 'name' | 'complete'>;
  readonly work: StoredWork;
  readonly onLoad: (() => void) | null;
  readonly onCheck: () => void;
  readonly onStop: () => void;
  readonly onAsk: () => void;
  readonly onDelete: () => void;
}): ReactElement {
  const load = model.complete ? 'Load' : 'Resume';
  const isChecking = work.kind === 'checking';
  const isDeleting = work.kind === 'deleting';
  const isAsked = work.kind === 'asked';
  return (
    <span className={styles['itemActions']}>
      {onLoad !== null && (
        <Button aria-label={`${load} ${model.name}`} onClick={onLoad}>
          {load}
        </Button>
      )}
      <Button
        look="quiet"
        aria-label={`${isChecking ? 'Stop checking' : 'Check'} ${model.name}`}
        disabled={isDeleting}
        onClick={isChecking ? onStop : onCheck}
      >
        {isChecking ? 'Stop' : 'Check'}
      </Button>
      {/* Not while a check runs: its progress would take the place of the question. */}
      <Button
        look="quiet"
        aria-label={`${isAsked ? 'Really delete' : 'Delete'} ${model.name}`}
        disabled={isChecking || isDeleting}
        onClick={isAsked ? onDelete : onAsk}
      >
        {isAsked ? 'Really delete?' : 'Delete'}
      </Button>
    </span>
  );
}
