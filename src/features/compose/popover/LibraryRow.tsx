import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { plainWord } from '../../../../workers/api.ts';
import styles from './samples.module.css';
import textStyles from '../../../ui/text.module.css';
import { pinPopover } from './pin-popover.ts';
import { EntryButton } from '../library/EntryButton.tsx';
import { libraryStore } from '../library/library-store.ts';
import { sortedFor } from '../library/search.ts';
import { openLibrarySheet } from '../library/sheet-store.ts';
import { SubjectList, type WordSubjects } from './SubjectList.tsx';

/** Two rows of the popover; all others are in the sheet. */
const most = 10;

/** What was pinned before, to be pinned again: what is called like the word first, then what was used last. */
export function LibraryRow({ word, text, pinned }: WordSubjects): ReactElement | null {
  const entries = useStore(libraryStore, (state) => state.entries);
  if (entries.length === 0) return null;
  const all = (
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
  );
  return (
    <SubjectList title="Your subjects" action={all}>
      {sortedFor(entries, plainWord(text))
        .slice(0, most)
        .map((entry) => (
          <li key={entry.id}>
            <EntryButton
              entry={entry}
              word={word}
              label={`Pin your subject ${entry.name}`}
              title={entry.name}
              isPinned={pinned.some((subject) => subject.id === entry.id)}
              className={styles['sample']}
            />
          </li>
        ))}
    </SubjectList>
  );
}
