import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { plainWord } from '../../../../workers/api.ts';
import styles from './samples.module.css';
import textStyles from '../../../ui/text.module.css';
import { pinPopover } from './pin-popover.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { EntryThumb } from '../library/EntryThumb.tsx';
import { libraryStore } from '../library/library-store.ts';
import { sortedFor } from '../library/search.ts';
import { openLibrarySheet } from '../library/sheet-store.ts';
import { dragSubject, pinEntry } from '../library/use-again.ts';

/** Two rows of the popover; all others are in the sheet. */
const most = 10;

/** What was pinned before, to be pinned again: what is called like the word first, then what was used last. */
export function LibraryRow({
  word,
  text,
  pinned,
}: {
  readonly word: number;
  readonly text: string;
  readonly pinned: readonly PinnedSubject[];
}): ReactElement | null {
  const id = useId();
  const entries = useStore(libraryStore, (state) => state.entries);
  if (entries.length === 0) return null;
  return (
    <section aria-labelledby={id} className={styles['samples']}>
      <div className={textStyles['headed']}>
        <h3 id={id} className={textStyles['heading']}>
          Your subjects
        </h3>
        <button
          type="button"
          className={`${textStyles['link'] ?? ''} ${textStyles['note'] ?? ''} ${textStyles['lead'] ?? ''}`}
          onClick={() => {
            pinPopover.close();
            openLibrarySheet(word);
          }}
        >
          All {entries.length}
        </button>
      </div>
      <ul className={styles['list']}>
        {sortedFor(entries, plainWord(text))
          .slice(0, most)
          .map((entry) => (
            <li key={entry.id}>
              <button
                type="button"
                className={styles['sample']}
                title={entry.name}
                aria-label={`Pin your subject ${entry.name}`}
                aria-pressed={pinned.some((subject) => subject.id === entry.id)}
                draggable
                onDragStart={(event) => {
                  dragSubject(event.dataTransfer, entry);
                }}
                onClick={() => void pinEntry(entry, word)}
              >
                <EntryThumb entry={entry} />
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}
