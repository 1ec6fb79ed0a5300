import { useEffect, useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../ui/Button.tsx';
import { dragSource } from '../../ui/picture-drag.ts';
import { galleryStore, pictureUrl, selectPicture } from './gallery-store.ts';
import { fileName } from './metadata.ts';
import { openSheet } from './sheet-store.ts';
import { choosePicture } from './wipe-store.ts';
import styles from './gallery.module.css';

/** Pictures of this and earlier runs, newest first. @param live whether a picture is forming now */
export function Strip({ live }: { readonly live: boolean }): ReactElement | null {
  const { pictures, selected, revealed } = useStore(galleryStore);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (list.current !== null) showCurrent(list.current);
  }, [selected, live]);
  if (pictures.length === 0) return null;
  return (
    <div className={styles['results']}>
      <section aria-label="Your pictures" className={styles['strip']}>
        <ul ref={list}>
          {live && (
            <li>
              <button
                type="button"
                className={styles['tile']}
                data-live="true"
                aria-label="The picture that is forming"
                aria-current={selected === null}
                onClick={() => {
                  selectPicture(null);
                }}
              />
            </li>
          )}
          {pictures.slice(0, mostTiles).map((record) => {
            const isHidden = record.flagged === true && !revealed.has(record.id);
            return (
              <li key={record.id}>
                <button
                  type="button"
                  className={styles['tile']}
                  data-hidden={isHidden}
                  {...dragSource(isHidden ? null : { image: record.png, name: fileName(record.recipe) })}
                  aria-current={selected === record.id}
                  aria-label={`${record.recipe.compose.caption}, seed ${record.recipe.settings.seed}`}
                  onClick={(event) => {
                    choosePicture(record.id, event.shiftKey);
                  }}
                >
                  <img
                    src={pictureUrl(record)}
                    alt=""
                    loading="lazy"
                    decoding="async"
                    width={record.width}
                    height={record.height}
                  />
                </button>
              </li>
            );
          })}
        </ul>
      </section>
      <IconButton
        label={`All pictures: search, star, download, delete (${pictures.length})`}
        icon="grid"
        onClick={() => {
          openSheet(true);
        }}
      />
    </div>
  );
}

/** The newest; all others are in the sheet. */
const mostTiles = 60;

/** Room for the ring around a tile. */
const ring = 6;

/** Not with scrollIntoView: that would move the page too. */
function showCurrent(list: HTMLElement): void {
  const tile = list.querySelector('[aria-current=true]')?.getBoundingClientRect();
  if (tile === undefined) return;
  const { left, right } = list.getBoundingClientRect();
  list.scrollBy({ left: Math.min(0, tile.left - ring - left) + Math.max(0, tile.right + ring - right) });
}
