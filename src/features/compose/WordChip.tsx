import { Popover } from '@base-ui/react/popover';
import { memo, useState, type DragEvent, type ReactElement } from 'react';
import styles from './compose.module.css';
import type { WordPin } from './pins.ts';
import { pinFiles } from './pin-files.ts';
import { SubjectThumb } from './SubjectThumb.tsx';

type PinPopoverHandle = ReturnType<typeof Popover.createHandle<number>>;

function describe(text: string, pin: WordPin | undefined, isCut: boolean): string {
  const subjects = pin?.subjects ?? [];
  const what = subjects.every(({ kind }) => kind === 'picture') ? 'picture' : 'subject';
  const pinned = subjects.length === 0 ? 'pin a picture' : `${subjects.length} ${what}${subjects.length > 1 ? 's' : ''} pinned`;
  return `${text}, ${pinned}${isCut ? ', not read by the model' : ''}`;
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** One word of the caption: opens its popover, and takes files that are dropped on it. */
export const WordChip = memo(function WordChip({ handle, word, text, pin, isCut }: {
  readonly handle: PinPopoverHandle;
  readonly word: number;
  readonly text: string;
  readonly pin: WordPin | undefined;
  readonly isCut: boolean;
}): ReactElement {
  const [isDropTarget, setDropTarget] = useState(false);
  const id = `word-${word}`;
  return (
    <Popover.Trigger
      handle={handle}
      payload={word}
      id={id}
      className={styles['word']}
      data-word={word}
      data-pinned={pin !== undefined}
      data-hue={pin?.hue}
      data-cut={isCut}
      data-drop={isDropTarget}
      aria-label={describe(text, pin, isCut)}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDropTarget(true);
      }}
      onDragLeave={() => {
        setDropTarget(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropTarget(false);
        void pinFiles(word, [...event.dataTransfer.files]);
        handle.open(id);
      }}
    >
      {pin?.subjects.map((subject) => <SubjectThumb key={subject.id} subject={subject} />)}
      <span className={styles['wordText']}>{text}</span>
    </Popover.Trigger>
  );
});
