import { Popover } from '@base-ui/react/popover';
import { useDeferredValue, useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { composeStore } from '../draft/compose-store.ts';
import styles from './words.module.css';
import textStyles from '../../../ui/text.module.css';
import popupStyles from '../../../ui/popup.module.css';
import wordFlowStyles from '../caption/word-flow.module.css';
import { textDirection } from '../caption/direction.ts';
import { libraryStore } from '../library/library-store.ts';
import { openLibrarySheet } from '../library/sheet-store.ts';
import { pinPopover } from '../popover/pin-popover.ts';
import { PinPopover } from '../popover/PinPopover.tsx';
import { buttonWords, embeddingsByWord, limitView, tokensStore } from '../caption/tokens.ts';
import { WaitingPins } from './WaitingPins.tsx';
import { WordChip } from './WordChip.tsx';
import { WordFlow } from '../caption/WordFlow.tsx';
import { wordWeights } from '../caption/word-weight.ts';
import { usePopupMargins } from '../../../ui/messages-room.ts';

/** The caption's words, each a button that pins pictures, and a place to drop one. */
export function WordRow(): ReactElement {
  const margins = usePopupMargins();
  const caption = useStore(composeStore, (state) => state.caption);
  return (
    <>
      {splitWords(caption).length > 0 ? <Words /> : <LibraryLink />}
      <WaitingPins />
      <Popover.Root handle={pinPopover}>
        {({ payload }) => (
          <Popover.Portal>
            <Popover.Positioner sideOffset={8} collisionPadding={margins} className={popupStyles['positioner']}>
              <Popover.Popup className={popupStyles['popup']}>
                {payload !== undefined && <PinPopover key={payload} word={payload} />}
              </Popover.Popup>
            </Popover.Positioner>
          </Popover.Portal>
        )}
      </Popover.Root>
    </>
  );
}

function Words(): ReactElement {
  const headingId = useId();
  // Hundreds of words must not make typing slow: the row may lag behind the caption, caption and pins together.
  const { caption, pins } = useDeferredValue(useStore(composeStore));
  const tokens = useStore(tokensStore);
  const { cutOff } = limitView(tokens, caption);
  const embeddings = embeddingsByWord(tokens, caption);
  const words = splitWords(caption);
  const weights = wordWeights(caption);
  const shown = buttonWords(tokens, words.length, new Set(pins.map(({ word }) => word)));
  const direction = textDirection(caption);
  const draw = (word: number): ReactElement => (
    <span role="listitem">
      <WordChip
        word={word}
        text={words[word] ?? ''}
        pin={pins.find((pin) => pin.word === word)}
        look="chip"
        isCut={cutOff.has(word)}
        weight={weights[word] ?? 1}
        embeddings={embeddings.get(word)}
      />
    </span>
  );
  return (
    <section aria-labelledby={headingId} className={styles['words']}>
      <div className={textStyles['headed']}>
        <h2 id={headingId} className={textStyles['heading']}>
          Click a word to pin a picture on it
        </h2>
        <LibraryLink />
      </div>
      <div role="list" className={wordFlowStyles['wordList']} dir={direction}>
        <WordFlow
          words={shown.map((word) => words[word] ?? '')}
          direction={direction}
          draw={(index) => draw(shown[index] ?? 0)}
        />
      </div>
      {shown.length < words.length && <p className={textStyles['note']}>{unreadText(words.length - shown.length)}</p>}
    </section>
  );
}

/** Opens the sheet of all subjects, once there are some. */
function LibraryLink(): ReactElement | null {
  const count = useStore(libraryStore, (state) => state.entries.length);
  if (count === 0) return null;
  return (
    <button
      type="button"
      className={`${textStyles['link'] ?? ''} ${textStyles['note'] ?? ''} ${textStyles['lead'] ?? ''}`}
      onClick={() => {
        openLibrarySheet();
      }}
    >
      Your subjects
    </button>
  );
}

function unreadText(count: number): string {
  return count === 1 ? '1 more word is not read by the model.' : `${count} more words are not read by the model.`;
}
