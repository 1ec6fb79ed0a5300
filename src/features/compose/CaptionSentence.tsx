import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { chunksOf, splitWords } from '../../../workers/api.ts';
import { composeStore } from './compose-store.ts';
import styles from './compose.module.css';
import { textDirection } from './direction.ts';
import { WordChip } from './WordChip.tsx';
import { WordFlow } from './WordFlow.tsx';

/** Longer captions are no sight. */
const mostWords = 40;

/** The caption in large type, pictures in the place of pinned words. Each word is pressed and dropped on like its button. */
export function CaptionSentence(): ReactElement | null {
  const caption = useStore(composeStore, (state) => state.caption);
  const pins = useStore(composeStore, (state) => state.pins);
  const words = splitWords(caption);
  if (words.length === 0 || words.length > mostWords) return null;
  const direction = textDirection(caption);
  // Where a script writes no spaces, none are drawn.
  const spaced = chunksOf(caption).flatMap((chunk) => chunk.words.map((_, index) => index === 0));
  return (
    <div className={styles['sentence']} dir={direction} role="group" aria-label="The caption, word by word">
      <WordFlow
        words={words}
        direction={direction}
        draw={(word) => (
          <>
            {word > 0 && spaced[word] === true && ' '}
            <WordChip
              word={word}
              text={words[word] ?? ''}
              pin={pins.find((candidate) => candidate.word === word)}
              look="sentence"
            />
          </>
        )}
      />
    </div>
  );
}
