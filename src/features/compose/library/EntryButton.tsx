import type { ReactElement } from 'react';
import { EntryThumb } from './EntryThumb.tsx';
import type { LibraryEntry } from './library-record.ts';
import { dragSubject, pinEntry } from './use-again.ts';

/** A subject that was pinned before: pressed or dragged, it is pinned again. @param word what a press pins it on; null asks for it */
export function EntryButton({
  entry,
  word,
  label,
  title,
  isPinned,
  className,
}: {
  readonly entry: LibraryEntry;
  readonly word: number | null;
  readonly label: string;
  readonly title?: string;
  readonly isPinned: boolean;
  readonly className: string | undefined;
}): ReactElement {
  return (
    <button
      type="button"
      className={className}
      title={title}
      aria-pressed={isPinned}
      aria-label={label}
      draggable
      onDragStart={(event) => {
        dragSubject(event.dataTransfer, entry);
      }}
      onClick={() => void pinEntry(entry, word)}
    >
      <EntryThumb entry={entry} />
    </button>
  );
}
