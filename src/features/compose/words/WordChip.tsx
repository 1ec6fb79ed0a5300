import { Popover } from '@base-ui/react/popover';
import { memo, useState, type CSSProperties, type DragEvent, type ReactElement } from 'react';
import type { EmbeddingWord } from '../../../../workers/api.ts';
import { Icon } from '../../../ui/Icon.tsx';
import { droppedPicture, isPictureDrag } from '../../../ui/picture-drag.ts';
import styles from './words.module.css';
import wordFlowStyles from '../caption/word-flow.module.css';
import { dropSubject, isSubjectDrag } from '../library/use-again.ts';
import { pinPopover } from '../popover/pin-popover.ts';
import type { WordPin } from '../pins/pins.ts';
import { pinFiles } from '../draft/pin-files.ts';
import { SubjectThumb } from '../crop/SubjectThumb.tsx';
import { changeWeight, nextWeight, weightText } from '../caption/word-weight.ts';

interface WordChipProps {
  readonly word: number;
  readonly text: string;
  readonly pin: WordPin | undefined;
  /** A button among others, or a word of the sentence on the empty stage. */
  readonly look: 'chip' | 'sentence';
  readonly isCut?: boolean;
  /** How strongly the word counts. */
  readonly weight?: number;
  /** The installed embeddings that the word names. */
  readonly embeddings?: readonly EmbeddingWord[] | undefined;
}

function describe(
  text: string,
  { pin, isCut, embeddings, weight = 1 }: Pick<WordChipProps, 'pin' | 'isCut' | 'embeddings' | 'weight'>,
): string {
  const subjects = pin?.subjects ?? [];
  const what = subjects.every(({ kind }) => kind === 'picture') ? 'picture' : 'subject';
  const pinned =
    subjects.length === 0 ? 'pin a picture' : `${subjects.length} ${what}${subjects.length > 1 ? 's' : ''} pinned`;
  const named = embeddings === undefined ? '' : `, embedding ${embeddings.map(({ trigger }) => trigger).join(' and ')}`;
  const counts = weight === 1 ? '' : `, counts ${weightText(weight)} times`;
  return `${text}${named}${counts}, ${pinned}${isCut === true ? ', not read by the model' : ''}`;
}

/** In the sentence a word that counts more is set larger. */
function sizeOf(weight: number): CSSProperties | undefined {
  return weight === 1 ? undefined : { fontSize: `${Math.min(1.4, Math.max(0.7, weight))}em` };
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** One word of the caption: opens its popover, and takes files and finished pictures that are dropped on it. */
export const WordChip = memo(function WordChip({
  word,
  text,
  pin,
  look,
  isCut = false,
  weight = 1,
  embeddings,
}: WordChipProps): ReactElement {
  const [isDropTarget, setDropTarget] = useState(false);
  const id = `${look}-${word}`;
  return (
    <Popover.Trigger
      handle={pinPopover}
      payload={word}
      id={id}
      className={look === 'chip' ? wordFlowStyles['word'] : styles['sentenceWord']}
      data-word={word}
      data-pinned={pin !== undefined}
      data-hue={pin?.hue}
      data-cut={isCut}
      data-embedding={embeddings !== undefined}
      data-drop={isDropTarget}
      aria-label={describe(text, { pin, isCut, embeddings, weight })}
      aria-keyshortcuts="+ -"
      onKeyDown={(event) => {
        const direction = event.key === '+' ? 1 : event.key === '-' ? -1 : null;
        if (direction === null || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        changeWeight(word, nextWeight(weight, direction));
      }}
      onDragOver={(event) => {
        if (!hasFiles(event) && !isPictureDrag(event) && !isSubjectDrag(event.dataTransfer)) return;
        event.preventDefault();
        setDropTarget(true);
      }}
      onDragLeave={() => {
        setDropTarget(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropTarget(false);
        if (isSubjectDrag(event.dataTransfer)) {
          dropSubject(event.dataTransfer, word);
          return;
        }
        const picture = droppedPicture(event);
        void pinFiles(word, picture === null ? [...event.dataTransfer.files] : [picture]);
        pinPopover.open(id);
      }}
    >
      {pin?.subjects.map((subject) => (
        <SubjectThumb key={subject.id} subject={subject} />
      ))}
      {embeddings !== undefined && pin === undefined && <Icon name="embedding" size={16} />}
      <span className={wordFlowStyles['wordText']} dir="auto" style={look === 'sentence' ? sizeOf(weight) : undefined}>
        {text}
      </span>
      {weight !== 1 && look === 'chip' && <span className={styles['badge']}>{weightText(weight)}</span>}
    </Popover.Trigger>
  );
});
