import { memo, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { IconButton } from '../../../ui/Button.tsx';
import { composeStore } from '../draft/compose-store.ts';
import { EntryButton } from './EntryButton.tsx';
import { longestName, type LibraryEntry } from './library-record.ts';
import { renameSubject } from './library-store.ts';
import styles from './library.module.css';
import { deleteEntry, isPinnedOn } from './use-again.ts';

/** What a press does with a subject, for its button. @param word the caption's word; null asks for it */
export function pinLabel(name: string, word: number | null, caption: string): string {
  const text = word === null ? undefined : splitWords(caption)[word];
  return text === undefined ? `Pin ${name}` : `Pin ${name} on “${text}”`;
}

/** A subject with its name, which can be changed in its place. @param word what it is pinned on */
export const SubjectTile = memo(function SubjectTile({
  entry,
  word,
}: {
  readonly entry: LibraryEntry;
  readonly word: number | null;
}): ReactElement {
  const isPinned = useStore(composeStore, () => isPinnedOn(entry, word));
  const caption = useStore(composeStore, (state) => state.caption);
  return (
    <li className={styles['tile']}>
      <EntryButton
        entry={entry}
        word={word}
        label={pinLabel(entry.name, word, caption)}
        isPinned={isPinned}
        className={styles['open']}
      />
      <div className={styles['tileFoot']}>
        <NameField key={entry.name} entry={entry} />
        <IconButton
          label={`Delete ${entry.name}`}
          icon="trash"
          className={styles['small']}
          onClick={() => {
            deleteEntry(entry);
          }}
        />
      </div>
    </li>
  );
});

function NameField({ entry }: { readonly entry: LibraryEntry }): ReactElement {
  const [name, setName] = useState(entry.name);
  const finish = (): void => {
    if (name.trim() === '') setName(entry.name);
    else renameSubject(entry.id, name);
  };
  return (
    <input
      className={styles['name']}
      aria-label={`Name of ${entry.subject.name}`}
      title={entry.subject.name}
      maxLength={longestName}
      value={name}
      onChange={(event) => {
        setName(event.target.value);
      }}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish();
        if (event.key !== 'Escape' || name === entry.name) return;
        // The first press takes the name back, the next one closes the sheet.
        event.stopPropagation();
        setName(entry.name);
      }}
    />
  );
}
