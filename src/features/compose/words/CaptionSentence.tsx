import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { chunksOf, plainText, splitWords } from '../../../../workers/api.ts';
import { composeStore } from '../draft/compose-store.ts';
import styles from './words.module.css';
import { textDirection } from '../caption/direction.ts';
import { WordChip } from './WordChip.tsx';
import { WordFlow } from '../caption/WordFlow.tsx';
import { wordWeights } from '../caption/word-weight.ts';

/** Longer captions are no sight. */
const mostWords = 40;

/** The caption in large type, pictures in the place of pinned words. Each word is pressed and dropped on like its button. */
export function CaptionSentence(): ReactElement | null {
  const caption = useStore(composeStore, (state) => state.caption);
  const pins = useStore(composeStore, (state) => state.pins);
  const words = splitWords(caption);
  if (words.length === 0 || words.length > mostWords) return null;
  const direction = textDirection(caption);
  const weights = wordWeights(caption);
  // Half a space on each side that has one, so that it does not matter in which direction words follow each other.
  const sides = chunksOf(plainText(caption)).flatMap(({ words: { length } }) =>
    Array.from({ length }, (_, index) => ({ begins: index === 0, ends: index === length - 1 })),
  );
  return (
    <div className={styles['sentence']} dir={direction} role="group" aria-label="The caption, word by word">
      <WordFlow
        words={words}
        direction={direction}
        draw={(word) => (
          <span data-begins={sides[word]?.begins} data-ends={sides[word]?.ends}>
            <WordChip
              word={word}
              text={words[word] ?? ''}
              pin={pins.find((candidate) => candidate.word === word)}
              look="sentence"
              weight={weights[word] ?? 1}
            />
          </span>
        )}
      />
    </div>
  );
}
