import { useEffect, useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../../ui/Icon.tsx';
import { ProblemList } from '../../ui/ProblemList.tsx';
import styles from './compose.module.css';
import { intakeOf, intakeStore, pasteFromClipboard, pinFiles } from './pin-files.ts';

/** Drop, paste or choose. The file input is a real one, so that it works by keyboard and by script. */
export function AddPicture({
  word,
  text,
  isFirst,
  isDropTarget,
}: {
  readonly word: number;
  readonly text: string;
  readonly isFirst: boolean;
  /** Files hover over the popover, which takes them. */
  readonly isDropTarget: boolean;
}): ReactElement {
  const id = useId();
  const { reading, problems } = useStore(intakeStore, (state) => intakeOf(state, word));
  usePastedFiles(word);
  return (
    <div role="group" tabIndex={-1} aria-label="Add a picture" className={styles['drop']} data-active={isDropTarget}>
      <label htmlFor={id} className={styles['choose']}>
        <Icon name="picture" />
        <span>{reading > 0 ? 'Reading…' : isFirst ? 'Choose a picture' : 'Add another picture'}</span>
        <input
          id={id}
          type="file"
          multiple
          accept="image/*,.pt,.bin,.safetensors"
          aria-label={`Picture for “${text}”`}
          onChange={(event) => {
            void pinFiles(word, [...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </label>
      <p className={styles['dropHint']}>
        or drop one here, or{' '}
        <button type="button" className={styles['link']} onClick={() => void pasteFromClipboard(word)}>
          paste it
        </button>
      </p>
      <ProblemList problems={problems} className={styles['problem']} />
    </div>
  );
}

/** The keyboard's paste pins, wherever the focus is while the popover is open. */
function usePastedFiles(word: number): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void pinFiles(word, files);
    };
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('paste', paste);
    };
  }, [word]);
}
