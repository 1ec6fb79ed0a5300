import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../../ui/Button.tsx';
import { composeStore } from '../draft/compose-store.ts';
import styles from './weight.module.css';
import { changeWeight, nextWeight, weightRange, weightText, withWeight, wordWeights } from '../caption/word-weight.ts';

/** − and +: how strongly a word counts. */
export function WordWeight({ word, text }: { readonly word: number; readonly text: string }): ReactElement {
  const caption = useStore(composeStore, (state) => state.caption);
  const weight = wordWeights(caption)[word] ?? 1;
  const button = (direction: 1 | -1): ReactElement => {
    const next = nextWeight(weight, direction);
    const isAtEnd = direction === 1 ? weight >= weightRange.max : weight <= weightRange.min;
    return (
      <IconButton
        label={`Let “${text}” count ${direction === 1 ? 'more' : 'less'}`}
        icon={direction === 1 ? 'plus' : 'minus'}
        disabled={isAtEnd || withWeight(caption, word, next) === null}
        onClick={() => {
          changeWeight(word, next);
        }}
      />
    );
  };
  return (
    <div className={styles['weight']} role="group" aria-label="Weight of the word">
      <span className={styles['label']}>Counts</span>
      {button(-1)}
      <output className={styles['value']}>{weightText(weight)}</output>
      {button(1)}
    </div>
  );
}
