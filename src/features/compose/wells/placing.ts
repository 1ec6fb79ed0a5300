/** Which word a waiting pin belongs to: asked when a picture is dropped beside every word, and when its chip is pressed. */
import { createStore } from 'zustand/vanilla';
import { composeStore, dropWaiting, placeWaiting } from '../draft/compose-store.ts';
import { readWaiting, takeOf, tellReplaced } from '../draft/pin-files.ts';
import { canBegin, fillWell } from './wells-store.ts';

interface Question {
  /** Of the waiting pin that is asked about. */
  readonly index: number;
  /** How many of those after it are asked about next. */
  readonly more: number;
}

export const placingStore = createStore<{ readonly question: Question | null }>(() => ({ question: null }));

const { getState, setState } = placingStore;

export function askWordOf(index: number): void {
  setState({ question: { index, more: 0 } });
}

/** Reads pictures, and asks of each which word it is; over an empty caption one is what the caption begins with. @returns what was wrong with others, in words */
export async function askWordsOf(files: readonly File[]): Promise<readonly string[]> {
  const [file, ...others] = files;
  if (file !== undefined && others.length === 0 && canBegin('what')) {
    // There is no word yet, and one place for it. What is wrong with it is said there.
    await fillWell('what', [takeOf(file)]);
    return [];
  }
  const { waiting, problems } = await readWaiting(files);
  const [index] = waiting;
  if (index !== undefined) setState({ question: { index, more: waiting.length - 1 } });
  return problems;
}

type Answer = { readonly kind: 'word'; readonly word: number } | { readonly kind: 'later' | 'remove' };

/** Without an answer the pin goes on waiting. */
export function answerWord(answer: Answer): void {
  const { question } = getState();
  if (question === null) return;
  const { index, more } = question;
  if (answer.kind === 'word') {
    const before = composeStore.getState().pins.find((pin) => pin.word === answer.word)?.subjects ?? [];
    placeWaiting(index, answer.word);
    tellReplaced(answer.word, before);
  } else if (answer.kind === 'remove') {
    dropWaiting(index);
  }
  const next = answer.kind === 'later' ? index + 1 : index;
  setState({ question: more > 0 ? { index: next, more: more - 1 } : null });
}
