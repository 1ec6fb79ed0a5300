import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { composeStore } from '../draft/compose-store.ts';
import wordFlowStyles from '../caption/word-flow.module.css';
import { textDirection } from '../caption/direction.ts';
import { SubjectThumb } from '../crop/SubjectThumb.tsx';
import { WordFlow } from '../caption/WordFlow.tsx';
import styles from './library.module.css';
import { librarySheetStore } from './sheet-store.ts';
import { dropSubject, isSubjectDrag } from './use-again.ts';

/** The caption's words: one is chosen to be pinned on, and each takes a subject that is dragged onto it. */
export function PinOn(): ReactElement {
  const caption = useStore(composeStore, (state) => state.caption);
  const words = splitWords(caption);
  const direction = textDirection(caption);
  return (
    <div className={styles['pinOn']}>
      <p className={styles['note']}>
        {words.length === 0
          ? 'The caption has no words yet. What you press begins it, or waits below it for a word.'
          : 'Choose a word, then press a subject, or drag it onto a word:'}
      </p>
      {words.length > 0 && (
        <div className={styles['words']} role="group" aria-label="The word to pin on" dir={direction}>
          <WordFlow
            words={words}
            direction={direction}
            draw={(word) => <Word key={word} word={word} text={words[word] ?? ''} />}
          />
        </div>
      )}
    </div>
  );
}

function Word({ word, text }: { readonly word: number; readonly text: string }): ReactElement {
  const isChosen = useStore(librarySheetStore, (state) => state.word === word);
  const pin = useStore(composeStore, (state) => state.pins.find((each) => each.word === word));
  const [isTarget, setTarget] = useState(false);
  return (
    <button
      type="button"
      className={wordFlowStyles['word']}
      data-pinned={pin !== undefined}
      data-hue={pin?.hue}
      data-drop={isTarget}
      aria-pressed={isChosen}
      onClick={() => {
        librarySheetStore.setState({ word: isChosen ? null : word });
      }}
      onDragOver={(event) => {
        if (!isSubjectDrag(event.dataTransfer)) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => {
        setTarget(false);
      }}
      onDrop={(event) => {
        if (!isSubjectDrag(event.dataTransfer)) return;
        event.preventDefault();
        setTarget(false);
        dropSubject(event.dataTransfer, word);
      }}
    >
      {pin?.subjects.map((subject) => (
        <SubjectThumb key={subject.id} subject={subject} />
      ))}
      <span className={wordFlowStyles['wordText']} dir="auto">
        {text}
      </span>
    </button>
  );
}
