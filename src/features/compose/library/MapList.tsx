import { useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { MapPoint } from '../../../../workers/api.ts';
import { composeStore } from '../draft/compose-store.ts';
import type { LibraryEntry } from './library-record.ts';
import styles from './library.module.css';
import { nearestTo, nextInDirection } from './map-geometry.ts';
import { pinLabel } from './SubjectTile.tsx';
import { isPinnedOn } from './use-again.ts';

/** How many neighbours are named. */
const named = 3;

interface MapListProps {
  readonly entries: readonly LibraryEntry[];
  readonly places: ReadonlyMap<string, MapPoint>;
  readonly word: number | null;
  /** @param id null where the focus has left */
  readonly onFocus: (id: string | null) => void;
  readonly onPin: (id: string) => void;
  /** @param direction 1 larger, −1 smaller, 0 all of it */
  readonly onZoom: (direction: 1 | -1 | 0) => void;
}

/**
 * The map for keys and screen readers: a button for each subject that says what is near it. One of them is in the order of
 * Tab; arrow keys go to the next one in their direction, + and − zoom, 0 shows all.
 */
export function MapList({ entries, places, word, onFocus, onPin, onZoom }: MapListProps): ReactElement {
  const caption = useStore(composeStore, (state) => state.caption);
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const names = new Map(entries.map(({ id, name }) => [id, name]));
  const stop = current !== null && names.has(current) ? current : entries[0]?.id;
  const press = (event: KeyboardEvent, id: string): void => {
    const zoom = zooms[event.key];
    const direction = directions[event.key];
    if ((zoom === undefined && direction === undefined) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (zoom !== undefined) onZoom(zoom);
    if (direction === undefined) return;
    const next = nextInDirection(places, id, direction);
    const buttons = list.current?.querySelectorAll<HTMLButtonElement>('button[data-subject]') ?? [];
    if (next !== null) [...buttons].find((button) => button.dataset['subject'] === next)?.focus();
  };
  return (
    <ul ref={list} className={styles['mapList']} aria-label="Subjects on the map">
      {entries.map((entry) => {
        const near = nearestTo(places, entry.id)
          .slice(0, named)
          .map((id) => names.get(id) ?? '');
        return (
          <li key={entry.id}>
            <button
              type="button"
              data-subject={entry.id}
              tabIndex={entry.id === stop ? 0 : -1}
              aria-pressed={isPinnedOn(entry, word)}
              aria-label={`${pinLabel(entry.name, word, caption)}. Near it: ${near.join(', ')}`}
              onFocus={() => {
                setCurrent(entry.id);
                onFocus(entry.id);
              }}
              onBlur={() => {
                onFocus(null);
              }}
              onKeyDown={(event) => {
                press(event, entry.id);
              }}
              onClick={() => {
                onPin(entry.id);
              }}
            />
          </li>
        );
      })}
    </ul>
  );
}

const directions: Readonly<Record<string, MapPoint>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const zooms: Readonly<Record<string, 1 | -1 | 0>> = { '+': 1, '-': -1, '0': 0 };
