import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useLayoutEffect, useRef, useState, type ReactElement, type RefObject } from 'react';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../ui/Button.tsx';
import { SheetRow } from '../../ui/Sheet.tsx';
import { galleryStore, pictureUrl, revealPicture, selectPicture, starPicture } from './gallery-store.ts';
import { PictureFacts } from './PictureActions.tsx';
import type { PictureRecord } from './picture-record.ts';
import styles from './sheet.module.css';
import { openSheet, sheetStore } from './sheet-store.ts';
import { endWipe } from './wipe-store.ts';

const zooms = [1, 1.5, 2, 3, 4, 6, 8] as const;

/** One picture on the whole screen: arrow keys for its neighbours, + and − for its size. */
export function PictureView({
  picture,
  pictures,
}: {
  readonly picture: PictureRecord;
  readonly pictures: readonly PictureRecord[];
}): ReactElement {
  const [zoom, setZoom] = useState(0);
  const isHidden = useStore(galleryStore, ({ revealed }) => picture.flagged === true && !revealed.has(picture.id));
  const index = pictures.indexOf(picture);
  const show = (place: number): void => {
    const next = pictures[place];
    if (next === undefined) return;
    setZoom(0);
    sheetStore.setState({ viewed: next.id });
  };
  const { view, note } = useHeldCentre(zoom);
  const enlarge = (by: number): void => {
    note();
    setZoom((before) => Math.min(zooms.length - 1, Math.max(0, before + by)));
  };
  useKeys({
    ArrowLeft: () => {
      show(index - 1);
    },
    ArrowRight: () => {
      show(index + 1);
    },
    '+': () => {
      enlarge(1);
    },
    '-': () => {
      enlarge(-1);
    },
    '0': () => {
      setZoom(0);
    },
  });
  const share = `${100 * (zooms[zoom] ?? 1)}%`;
  return (
    <>
      <SheetRow>
        <Button
          look="quiet"
          icon="left"
          onClick={() => {
            sheetStore.setState({ viewed: null });
          }}
        >
          All pictures
        </Button>
        <Dialog.Title className={styles['place']}>
          {index + 1} of {pictures.length}
        </Dialog.Title>
        <IconButton
          label="Smaller"
          icon="minus"
          disabled={zoom === 0}
          onClick={() => {
            enlarge(-1);
          }}
        />
        <IconButton
          label="Larger"
          icon="plus"
          disabled={zoom === zooms.length - 1}
          onClick={() => {
            enlarge(1);
          }}
        />
        <IconButton
          label="Star"
          icon="star"
          aria-pressed={picture.isStarred}
          onClick={() => void starPicture(picture.id, !picture.isStarred)}
        />
        <Dialog.Close render={<IconButton label="Close" icon="close" />} />
      </SheetRow>
      {/* Scrolled by its own keys once it is larger than the screen. */}
      <div
        ref={view}
        className={styles['view']}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
        tabIndex={zoom > 0 ? 0 : undefined}
        role="group"
        aria-label="The picture"
      >
        <div className={styles['canvas']} style={{ width: share, height: share }} data-hidden={isHidden}>
          <img src={pictureUrl(picture)} alt={isHidden ? 'A hidden picture' : picture.recipe.compose.caption} />
        </div>
      </div>
      <div className={styles['foot']}>
        <IconButton
          label="The newer picture"
          icon="left"
          disabled={index === 0}
          onClick={() => {
            show(index - 1);
          }}
        />
        <PictureFacts record={picture} />
        {isHidden && (
          <Button
            icon="eye"
            onClick={() => {
              revealPicture(picture.id);
            }}
          >
            Show the picture
          </Button>
        )}
        <Button
          onClick={() => {
            endWipe();
            selectPicture(picture.id);
            openSheet(false);
          }}
        >
          Put on the stage
        </Button>
        <IconButton
          label="The older picture"
          icon="right"
          disabled={index === pictures.length - 1}
          onClick={() => {
            show(index + 1);
          }}
        />
      </div>
    </>
  );
}

/** What is in the middle stays there when the size changes. @returns `note` is called before it does */
function useHeldCentre(zoom: number): { readonly view: RefObject<HTMLDivElement | null>; readonly note: () => void } {
  const view = useRef<HTMLDivElement>(null);
  const centre = useRef({ x: 0.5, y: 0.5 });
  useLayoutEffect(() => {
    const { current: box } = view;
    if (box === null) return;
    box.scrollLeft = centre.current.x * box.scrollWidth - box.clientWidth / 2;
    box.scrollTop = centre.current.y * box.scrollHeight - box.clientHeight / 2;
  }, [zoom]);
  const note = (): void => {
    const { current: box } = view;
    if (box === null) return;
    centre.current = {
      x: (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth,
      y: (box.scrollTop + box.clientHeight / 2) / box.scrollHeight,
    };
  };
  return { view, note };
}

function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isText = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
      if (event.ctrlKey || event.metaKey || event.altKey || isText) return;
      const act = keys[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    // Before the dialog, which keeps arrow keys to itself.
    document.addEventListener('keydown', press, { capture: true });
    return () => {
      document.removeEventListener('keydown', press, { capture: true });
    };
  });
}
