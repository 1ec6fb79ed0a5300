import { Popover } from '@base-ui/react/popover';
import { useId, useMemo, useState, type DragEvent, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { composeStore } from './compose-store.ts';
import styles from './compose.module.css';
import type { WordPin } from './pins.ts';
import { PinPopover } from './PinPopover.tsx';
import { pinFiles } from './pin-files.ts';
import { SubjectThumb } from './SubjectThumb.tsx';
import { limitView, tokensStore } from './tokens.ts';
import { splitWords } from './words.ts';

function describe(text: string, pin: WordPin | undefined, isCut: boolean): string {
  const pictures = pin?.subjects.length ?? 0;
  const pinned = pictures === 0 ? 'pin a picture' : pictures === 1 ? '1 picture pinned' : `${pictures} pictures pinned`;
  return `${text}, ${pinned}${isCut ? ', not read by the model' : ''}`;
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** The caption's words, each a button that pins pictures, and a place to drop one. */
export function WordRow(): ReactElement | null {
  const headingId = useId();
  const handle = useMemo(() => Popover.createHandle<number>(), []);
  const [dropTarget, setDropTarget] = useState<number | null>(null);
  const caption = useStore(composeStore, (state) => state.caption);
  const pins = useStore(composeStore, (state) => state.pins);
  const { cutOff } = limitView(useStore(tokensStore), caption);
  const words = splitWords(caption);
  if (words.length === 0) return null;
  return (
    <section aria-labelledby={headingId} className={styles['words']}>
      <h2 id={headingId} className={styles['heading']}>
        Click a word to pin a picture on it
      </h2>
      <ul className={styles['wordList']}>
        {words.map((text, word) => {
          const pin = pins.find((candidate) => candidate.word === word);
          return (
            <li key={word}>
              <Popover.Trigger
                handle={handle}
                payload={word}
                id={`word-${word}`}
                className={styles['word']}
                data-word={word}
                data-pinned={pin !== undefined}
                data-hue={pin?.hue}
                data-cut={cutOff.has(word)}
                data-drop={dropTarget === word}
                aria-label={describe(text, pin, cutOff.has(word))}
                onDragOver={(event) => {
                  if (!hasFiles(event)) return;
                  event.preventDefault();
                  setDropTarget(word);
                }}
                onDragLeave={() => {
                  setDropTarget(null);
                }}
                onDrop={(event) => {
                  event.preventDefault();
                  event.stopPropagation();
                  setDropTarget(null);
                  void pinFiles(word, [...event.dataTransfer.files]);
                  handle.open(`word-${word}`);
                }}
              >
                {pin?.subjects.map((subject) => <SubjectThumb key={subject.id} subject={subject} />)}
                <span className={styles['wordText']}>{text}</span>
              </Popover.Trigger>
            </li>
          );
        })}
      </ul>
      <Popover.Root handle={handle}>
        {({ payload }) => (
          <Popover.Portal>
            <Popover.Positioner sideOffset={8} collisionPadding={12} className={styles['positioner']}>
              <Popover.Popup className={styles['popup']}>
                {payload !== undefined && <PinPopover key={payload} word={payload} />}
              </Popover.Popup>
            </Popover.Positioner>
          </Popover.Portal>
        )}
      </Popover.Root>
    </section>
  );
}
