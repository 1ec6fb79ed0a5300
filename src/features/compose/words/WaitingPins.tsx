import { Dialog } from '@base-ui/react/dialog';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import { DialogBox } from '../../../ui/DialogBox.tsx';
import { composeStore, type WaitingPin } from '../draft/compose-store.ts';
import styles from './waiting.module.css';
import wordFlowStyles from '../caption/word-flow.module.css';
import textStyles from '../../../ui/text.module.css';
import { textDirection } from '../caption/direction.ts';
import { answerWord, askWordOf, placingStore } from '../wells/placing.ts';
import type { Pin } from '../pins/pins.ts';
import { SubjectThumb } from '../crop/SubjectThumb.tsx';
import { WordFlow } from '../caption/WordFlow.tsx';

/** Pins without a word, each a button that asks for one. */
export function WaitingPins(): ReactElement {
  const waiting = useStore(composeStore, (state) => state.waiting);
  return (
    <div className={styles['waiting']}>
      <p className={textStyles['note']} role="status">
        {waiting.length > 0 && waitingText(waiting)}
      </p>
      {waiting.length > 0 && (
        <ul className={styles['list']} aria-label="Pictures without a word">
          {waiting.map(({ pin }, index) => (
            <li key={`${index} ${pin.hue}`}>
              <button
                type="button"
                className={wordFlowStyles['word']}
                data-pinned="true"
                data-waiting="true"
                data-hue={pin.hue}
                aria-label={`Choose the word of ${nameOf(pin)}`}
                onClick={() => {
                  askWordOf(index);
                }}
              >
                {pin.subjects.map((subject) => (
                  <SubjectThumb key={subject.id} subject={subject} />
                ))}
                <span className={wordFlowStyles['wordText']} dir="auto">
                  {nameOf(pin)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <WordQuestion />
    </div>
  );
}

function nameOf({ anchor, subjects }: Pin): string {
  return anchor === '' ? (subjects[0]?.name ?? '') : anchor;
}

function waitingText(waiting: readonly WaitingPin[]): string {
  return waiting.length === 1 ? 'Without a word. Click to choose one:' : 'Without words. Click to choose them:';
}

/** Asks which word of the caption a waiting pin belongs to. */
function WordQuestion(): ReactElement {
  const question = useStore(placingStore, (state) => state.question);
  const hasWords = useStore(composeStore, ({ caption }) => splitWords(caption).length > 0);
  const pin = useStore(composeStore, ({ waiting }) => (question === null ? undefined : waiting[question.index]?.pin));
  return (
    <DialogBox
      isOpen={pin !== undefined}
      onOpenChange={(open) => {
        if (!open) answerWord({ kind: 'later' });
      }}
      title={hasWords ? 'Which word is it?' : 'The caption has no words yet'}
    >
      {pin !== undefined && <Question pin={pin} />}
    </DialogBox>
  );
}

function Question({ pin }: { readonly pin: Pin }): ReactElement {
  const caption = useStore(composeStore, (state) => state.caption);
  const pins = useStore(composeStore, (state) => state.pins);
  const words = splitWords(caption);
  const direction = textDirection(caption);
  return (
    <>
      <div className={styles['asked']} data-hue={pin.hue}>
        {pin.subjects.map((subject) => (
          <SubjectThumb key={subject.id} subject={subject} />
        ))}
        <Dialog.Description className={textStyles['note']}>
          {words.length > 0
            ? `“${nameOf(pin)}” is pinned on the word that you choose.`
            : `Type a caption first. “${nameOf(pin)}” waits below it until you choose its word.`}
        </Dialog.Description>
      </div>
      <div className={styles['choice']}>
        <div className={wordFlowStyles['wordList']} role="group" aria-label="Words of the caption" dir={direction}>
          <WordFlow
            words={words}
            direction={direction}
            draw={(word) => {
              const present = pins.find((other) => other.word === word);
              return (
                <button
                  type="button"
                  className={wordFlowStyles['word']}
                  data-pinned={present !== undefined}
                  data-hue={present?.hue}
                  aria-label={present === undefined ? undefined : `${words[word] ?? ''}, in place of what is pinned`}
                  onClick={() => {
                    answerWord({ kind: 'word', word });
                  }}
                >
                  {present?.subjects.map((subject) => (
                    <SubjectThumb key={subject.id} subject={subject} />
                  ))}
                  <span className={wordFlowStyles['wordText']} dir="auto">
                    {words[word]}
                  </span>
                </button>
              );
            }}
          />
        </div>
      </div>
      <div className={styles['answers']}>
        <Button
          look="quiet"
          icon="trash"
          onClick={() => {
            answerWord({ kind: 'remove' });
          }}
        >
          Remove it
        </Button>
        <Button
          onClick={() => {
            answerWord({ kind: 'later' });
          }}
        >
          Not now
        </Button>
      </div>
    </>
  );
}
