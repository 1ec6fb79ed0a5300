import { useDeferredValue, useEffect, useId, useRef, type ReactElement, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { textParts, splitWords } from '../../../../workers/api.ts';
import { composeStore, setCaption } from '../draft/compose-store.ts';
import styles from './caption.module.css';
import textStyles from '../../../ui/text.module.css';
import controls from '../../../ui/controls.module.css';
import { textDirection } from './direction.ts';
import { embeddingsByWord, limitView, tokensStore } from './tokens.ts';
import { UnknownWords } from './UnknownWords.tsx';
import { useUnknownWords } from './use-unknown-words.ts';

/**
 * The caption as plain text. Behind the transparent text area lies the same text, set alike, that carries the colours of
 * pinned words, underlines embeddings' words and those that the model was not taught, and strikes out what it does not see.
 */
export function CaptionEditor({
  problem,
  aside,
}: {
  readonly problem: string | null;
  readonly aside: ReactNode;
}): ReactElement {
  const id = useId();
  const caption = useStore(composeStore, (state) => state.caption);
  const composition = useStore(composeStore, (state) => state.composition);
  const field = useRef<HTMLTextAreaElement>(null);
  const isMissing = problem !== null && splitWords(caption).length === 0;
  useEffect(() => {
    if (isMissing) field.current?.focus();
  }, [isMissing]);
  return (
    <div className={styles['caption']}>
      <div className={styles['head']}>
        <label className={textStyles['heading']} htmlFor={id}>
          Caption
        </label>
        {aside}
      </div>
      <div className={styles['editor']} data-invalid={problem !== null}>
        <Backdrop caption={caption} />
        <textarea
          key={composition}
          ref={field}
          id={id}
          dir={textDirection(caption)}
          className={styles['text']}
          value={caption}
          rows={2}
          placeholder="Describe a picture: a dog on the beach"
          aria-invalid={problem !== null}
          aria-describedby={`${id}-notes ${id}-unknown`}
          onChange={(event) => {
            setCaption(event.target.value);
          }}
        />
      </div>
      <Notes id={`${id}-notes`} caption={caption} problem={problem} />
      <Untaught id={`${id}-unknown`} />
    </div>
  );
}

/** It may lag behind the caption: typing does not wait for it. */
function Untaught({ id }: { readonly id: string }): ReactElement | null {
  const caption = useDeferredValue(useStore(composeStore, (state) => state.caption));
  const { vocabulary, words } = useUnknownWords(caption);
  if (vocabulary === null) return null;
  return <UnknownWords id={id} caption={caption} unknown={words} vocabulary={vocabulary} />;
}

function Backdrop({ caption }: { readonly caption: string }): ReactElement {
  const pins = useStore(composeStore, (state) => state.pins);
  const tokens = useStore(tokensStore);
  const { cutOff } = limitView(tokens, caption);
  const embeddings = embeddingsByWord(tokens, caption);
  const unknown = new Set(useUnknownWords(caption).words);
  const hues = new Map(pins.map(({ word, hue }) => [word, hue]));
  return (
    <div className={styles['backdrop']} dir={textDirection(caption)} aria-hidden="true">
      {markedParts(caption, (word) => ({
        hue: hues.get(word),
        isEmbedding: embeddings.has(word),
        isCut: cutOff.has(word),
        isUnknown: unknown.has(word),
      })).map(({ text, mark }, index) =>
        mark === null ? (
          text
        ) : (
          <mark
            key={index}
            data-hue={mark.hue}
            data-embedding={mark.isEmbedding}
            data-cut={mark.isCut}
            data-unknown={mark.isUnknown}
          >
            {text}
          </mark>
        ),
      )}
      {/* A line break at the end takes no height by itself. */}
      {'\u200b'}
    </div>
  );
}

interface Mark {
  readonly hue: number | undefined;
  readonly isEmbedding: boolean;
  readonly isCut: boolean;
  readonly isUnknown: boolean;
}

interface MarkedPart {
  readonly text: string;
  /** null where nothing is to be shown. */
  readonly mark: Mark | null;
}

/** As few parts as there can be: thousands of elements would make each key press slow. */
function markedParts(caption: string, markOf: (word: number) => Mark): readonly MarkedPart[] {
  const parts: { text: string; mark: Mark | null }[] = [];
  for (const { text, word } of textParts(caption)) {
    const last = parts.at(-1);
    const mark = word === null ? null : shown(markOf(word));
    const goesOn =
      last !== undefined && (mark === null ? isMergeable(last.mark) : isCutAlone(mark) && isCutAlone(last.mark));
    if (goesOn && (word === null || mark !== null || last.mark === null)) last.text += text;
    else parts.push({ text, mark });
  }
  return parts;
}

function shown(mark: Mark): Mark | null {
  return mark.hue === undefined && !mark.isEmbedding && !mark.isCut && !mark.isUnknown ? null : mark;
}

function isCutAlone(mark: Mark | null): boolean {
  return mark?.isCut === true && mark.hue === undefined && !mark.isEmbedding;
}

/** Whether what is not marked may stand with it. */
function isMergeable(mark: Mark | null): boolean {
  return mark === null || isCutAlone(mark);
}

/** How much of the caption the model reads, and what is wrong with it. */
function Notes({
  id,
  caption,
  problem,
}: {
  readonly id: string;
  readonly caption: string;
  readonly problem: string | null;
}): ReactElement {
  const limit = limitView(useStore(tokensStore), caption);
  return (
    <div id={id} className={styles['notes']}>
      {limit.counter !== null && (
        <p className={styles['counter']} data-over={limit.over} role={limit.over ? 'status' : undefined}>
          {limit.counter}
        </p>
      )}
      {problem !== null && (
        <p className={controls['problem']} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
