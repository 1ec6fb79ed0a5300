import { Popover } from '@base-ui/react/popover';
import { useDeferredValue, useId, useMemo, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../workers/api.ts';
import { composeStore } from './compose-store.ts';
import styles from './compose.module.css';
import { PinPopover } from './PinPopover.tsx';
import { buttonWords, embeddingsByWord, limitView, tokensStore } from './tokens.ts';
import { WordChip } from './WordChip.tsx';

/** The caption's words, each a button that pins pictures, and a place to drop one. */
export function WordRow(): ReactElement | null {
  const headingId = useId();
  const handle = useMemo(() => Popover.createHandle<number>(), []);
  // Hundreds of words must not make typing slow: the row may lag behind the caption, caption and pins together.
  const { caption, pins } = useDeferredValue(useStore(composeStore));
  const tokens = useStore(tokensStore);
  const { cutOff } = limitView(tokens, caption);
  const embeddings = embeddingsByWord(tokens, caption);
  const words = splitWords(caption);
  if (words.length === 0) return null;
  const shown = buttonWords(tokens, words.length, new Set(pins.map(({ word }) => word)));
  return (
    <section aria-labelledby={headingId} className={styles['words']}>
      <h2 id={headingId} className={styles['heading']}>
        Click a word to pin a picture on it
      </h2>
      <ul className={styles['wordList']} dir="auto">
        {shown.map((word) => (
          <li key={word}>
            <WordChip
              handle={handle}
              word={word}
              text={words[word] ?? ''}
              pin={pins.find((pin) => pin.word === word)}
              isCut={cutOff.has(word)}
              embeddings={embeddings.get(word)}
            />
          </li>
        ))}
      </ul>
      {shown.length < words.length && <p className={styles['note']}>{unreadText(words.length - shown.length)}</p>}
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

function unreadText(count: number): string {
  return count === 1 ? '1 more word is not read by the model.' : `${count} more words are not read by the model.`;
}
