import { useId, type ReactElement } from 'react';
import { splitWords } from '../../../../workers/api.ts';
import { composeStore, setCaption } from '../draft/compose-store.ts';
import styles from './caption.module.css';
import { offersFor, withWord, type Vocabulary } from './vocabulary.ts';

/** Words that are named at once. */
const mostNamed = 3;

const quoted = (word: string): string => `“${word}”`;

function namedList(words: readonly string[]): string {
  const named = words.slice(0, mostNamed).map(quoted).join(', ');
  const others = words.length - mostNamed;
  return others > 0 ? `${named} and ${others} more` : named;
}

/**
 * What the model was not taught, and what may stand in the place of the first such word.
 * @param id of the sentence, which describes the caption's field
 */
export function UnknownWords({
  id,
  caption,
  unknown,
  vocabulary,
}: {
  readonly id: string;
  readonly caption: string;
  readonly unknown: readonly number[];
  readonly vocabulary: Vocabulary;
}): ReactElement | null {
  const words = splitWords(caption);
  const [first] = unknown;
  const kindId = useId();
  if (first === undefined) return null;
  const word = words[first] ?? '';
  const named = [...new Set(unknown.map((index) => words[index] ?? ''))];
  return (
    <div className={styles['unknown']}>
      <p id={id}>
        The picture book was not taught {namedList(named)}: it draws something at random there. Pin a picture, or take
        one of its words instead of {quoted(word)}.
      </p>
      {offersFor(word, vocabulary).map((offer, index) => (
        <div key={offer.kind} role="group" aria-labelledby={`${kindId}-${index}`} className={styles['offers']}>
          <span id={`${kindId}-${index}`}>{offer.kind}</span>
          {offer.words.map((other) => (
            <button
              key={other}
              type="button"
              className={styles['offer']}
              aria-label={`Replace ${quoted(word)} by ${quoted(other)}`}
              onClick={() => {
                // The caption may have moved on since this was drawn.
                const now = composeStore.getState().caption;
                if (now === caption) setCaption(withWord(now, first, other));
              }}
            >
              {other}
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}
