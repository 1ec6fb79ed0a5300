import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../ui/Button.tsx';
import { galleryStore, pictureUrl, starPicture } from './gallery-store.ts';
import type { PictureRecord } from './picture-record.ts';
import styles from './sheet.module.css';
import { sheetStore, toggleSelected } from './sheet-store.ts';

/** Of a tile with its gap, in pixels, at least. */
const tile = 152;

/** Only the rows in view are drawn, however many pictures there are. */
export function PictureGrid({ pictures }: { readonly pictures: readonly PictureRecord[] }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = Math.max(2, Math.floor(width / tile));
  const edge = width / columns;
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes here
  const rows = useVirtualizer({
    // Rows of no height would all be in view.
    count: width === 0 ? 0 : Math.ceil(pictures.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => edge,
    overscan: 2,
  });
  useEffect(() => {
    rows.measure();
  }, [rows, edge]);
  return (
    <div ref={scroller} className={styles['scroller']}>
      <div role="list" aria-label="Pictures" className={styles['rows']} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className={styles['row']}
            style={{
              transform: `translateY(${row.start}px)`,
              height: edge,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {pictures.slice(row.index * columns, (row.index + 1) * columns).map((picture, index) => (
              <Tile
                key={picture.id}
                picture={picture}
                place={row.index * columns + index + 1}
                count={pictures.length}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setWidth(current.clientWidth);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return width;
}

const Tile = memo(function Tile({
  picture,
  place,
  count,
}: {
  readonly picture: PictureRecord;
  readonly place: number;
  readonly count: number;
}): ReactElement {
  const { id, isStarred, recipe } = picture;
  const isSelected = useStore(sheetStore, ({ selection }) => selection.has(id));
  const isHidden = useStore(galleryStore, ({ revealed }) => picture.flagged === true && !revealed.has(id));
  const name = `${recipe.compose.caption}, seed ${recipe.settings.seed}`;
  return (
    <div
      role="listitem"
      aria-posinset={place}
      aria-setsize={count}
      className={styles['cell']}
      data-selected={isSelected}
    >
      <button
        type="button"
        className={styles['open']}
        data-hidden={isHidden}
        aria-label={`Open ${name}`}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) toggleSelected(id);
          else sheetStore.setState({ viewed: id });
        }}
      >
        <img src={pictureUrl(picture)} alt="" decoding="async" />
      </button>
      <input
        type="checkbox"
        className={styles['check']}
        aria-label={`Select ${name}`}
        checked={isSelected}
        onChange={() => {
          toggleSelected(id);
        }}
      />
      <IconButton
        label={`Star ${name}`}
        icon="star"
        className={styles['star']}
        aria-pressed={isStarred}
        onClick={() => void starPicture(id, !isStarred)}
      />
    </div>
  );
});
