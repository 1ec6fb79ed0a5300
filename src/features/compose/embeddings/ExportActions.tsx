import type { ReactElement } from 'react';
import { Button } from '../../../ui/Button.tsx';
import styles from './export.module.css';

/** @param isBusy one of the two is at work: a second press would do it twice */
export function ExportActions({
  isBusy,
  onDownload,
  onKeep,
}: {
  readonly isBusy: boolean;
  readonly onDownload: () => void;
  readonly onKeep: () => void;
}): ReactElement {
  return (
    <div className={styles['actions']}>
      <Button
        look="quiet"
        icon="download"
        title="A textual-inversion file, which other programs such as ComfyUI can use"
        disabled={isBusy}
        onClick={onDownload}
      >
        Save as an embedding
      </Button>
      <Button
        look="quiet"
        icon="embedding"
        title="A word of its own for captions, kept in this browser"
        disabled={isBusy}
        onClick={onKeep}
      >
        Keep as a word
      </Button>
    </div>
  );
}
