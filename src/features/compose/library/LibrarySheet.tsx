import { useDeferredValue, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { formatBytes } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import { Sheet, SheetHead } from '../../../ui/Sheet.tsx';
import { usePromise } from '../../../ui/use-promise.ts';
import type { LibraryEntry } from './library-record.ts';
import { libraryStore } from './library-store.ts';
import styles from './library.module.css';
import { PinOn } from './PinOn.tsx';
import { findSubjects } from './search.ts';
import { closeLibrarySheet, librarySheetStore } from './sheet-store.ts';
import { libraryBytes } from './small-subject.ts';
import { SubjectMap } from './SubjectMap.tsx';
import { SubjectTile } from './SubjectTile.tsx';

/** Every subject that was ever pinned: to find, to name, to pin again, to delete. */
export function LibrarySheet(): ReactElement {
  const isOpen = useStore(librarySheetStore, (state) => state.isOpen);
  return (
    <Sheet
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) closeLibrarySheet();
      }}
      isNarrow
    >
      <Subjects />
    </Sheet>
  );
}

function Subjects(): ReactElement {
  const entries = useStore(libraryStore, (state) => state.entries);
  const { query, view, word } = useStore(librarySheetStore);
  const found = findSubjects(entries, useDeferredValue(query));
  return (
    <>
      <SheetHead
        title="Your subjects"
        search={{
          label: 'Search by name',
          placeholder: 'Search by name',
          query,
          onQuery: (changed) => {
            librarySheetStore.setState({ query: changed });
          },
        }}
      >
        <Button
          icon="map"
          aria-pressed={view === 'map'}
          onClick={() => {
            librarySheetStore.setState({ view: view === 'map' ? 'list' : 'map' });
          }}
        >
          Map
        </Button>
      </SheetHead>
      <PinOn />
      {view === 'map' ? (
        <SubjectMap entries={entries} found={new Set(found.map(({ id }) => id))} word={word} />
      ) : found.length === 0 ? (
        <p className={styles['nothing']} role="status">
          {entries.length === 0
            ? 'Nothing is here yet. What you pin on a word is kept here, to be pinned again.'
            : 'No subject has this name.'}
        </p>
      ) : (
        <ul className={styles['tiles']} aria-label="Subjects">
          {found.map((entry) => (
            <SubjectTile key={entry.id} entry={entry} word={word} />
          ))}
        </ul>
      )}
      <Storage entries={entries} found={found.length} />
    </>
  );
}

function Storage({
  entries,
  found,
}: {
  readonly entries: readonly LibraryEntry[];
  readonly found: number;
}): ReactElement {
  const bytes = usePromise(() => libraryBytes(entries), entries.map(({ id }) => id).join());
  const count = found === entries.length ? String(found) : `${found} of ${entries.length}`;
  return (
    <p className={styles['storage']} role="status">
      {count} {entries.length === 1 ? 'subject' : 'subjects'}
      {bytes !== null && ` · ${formatBytes(bytes)} in this browser`}. What is deleted frees its place at the next visit,
      unless a finished picture was made with it.
    </p>
  );
}
