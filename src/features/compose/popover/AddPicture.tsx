import { useEffect, useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { acceptedEndings } from '../../../../workers/api.ts';
import { Icon } from '../../../ui/Icon.tsx';
import { ProblemList } from '../../../ui/ProblemList.tsx';
import styles from './add-picture.module.css';
import textStyles from '../../../ui/text.module.css';
import controls from '../../../ui/controls.module.css';
import type { PinMode } from '../draft/compose-store.ts';
import { intakeOf, intakeStore, pasteFromClipboard, pinFiles } from '../draft/pin-files.ts';

/** Drop, paste or choose what is pinned on the word, in place of what was. */
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
        <span>{reading > 0 ? 'Reading…' : isFirst ? 'Choose a picture' : 'Choose another picture'}</span>
        <PictureInput id={id} word={word} mode="replace" label={`Picture for “${text}”`} />
      </label>
      <p className={styles['dropHint']}>
        or drop one here, or{' '}
        <button type="button" className={textStyles['link']} onClick={() => void pasteFromClipboard(word)}>
          paste it
        </button>
      </p>
      <ProblemList problems={problems} className={controls['problem']} />
    </div>
  );
}

/** Another picture of the same subject: views are averaged. */
export function AddView({ word, text }: { readonly word: number; readonly text: string }): ReactElement {
  const id = useId();
  return (
    <label htmlFor={id} className={styles['addView']}>
      <Icon name="plus" size={16} />
      <span>Add another view</span>
      <PictureInput id={id} word={word} mode="add" label={`Another view of “${text}”`} />
    </label>
  );
}

/** Over the label that holds it: a real file input, so that it works by keyboard and by script. */
function PictureInput({
  id,
  word,
  mode,
  label,
}: {
  readonly id: string;
  readonly word: number;
  readonly mode: PinMode;
  readonly label: string;
}): ReactElement {
  return (
    <input
      id={id}
      type="file"
      multiple
      accept={mode === 'add' ? 'image/*' : `image/*,${acceptedEndings('embedding')}`}
      aria-label={label}
      onChange={(event) => {
        void pinFiles(word, [...(event.target.files ?? [])], mode);
        event.target.value = '';
      }}
    />
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
