import { useDeferredValue, useEffect, useMemo, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Sheet, SheetHead } from '../../ui/Sheet.tsx';
import { tellDeletion } from './deletion-toast.ts';
import { galleryStore, removePictures } from './gallery-store.ts';
import { FolderButtons, TransferProgress } from './folder/FolderButtons.tsx';
import { transferStore } from './folder/transfer-store.ts';
import { saveZip } from './gallery-zip.ts';
import { PictureGrid } from './PictureGrid.tsx';
import type { PictureRecord } from './picture-record.ts';
import { PictureView } from './PictureView.tsx';
import { findPictures, prepareSearch } from './search.ts';
import styles from './sheet.module.css';
import { openSheet, select, sheetStore } from './sheet-store.ts';

/** All pictures: to look through, to mark, to take along, to delete. */
export function GallerySheet(): ReactElement {
  const isOpen = useStore(sheetStore, (state) => state.isOpen);
  return (
    <Sheet isOpen={isOpen} onOpenChange={openSheet}>
      <Pictures />
    </Sheet>
  );
}

function Pictures(): ReactElement {
  const pictures = useStore(galleryStore, (state) => state.pictures);
  const { query, areStarred, viewed } = useStore(sheetStore);
  const wanted = useDeferredValue(query);
  const found = useMemo(() => findPictures(pictures, { query: wanted, areStarred }), [pictures, wanted, areStarred]);
  useEffect(() => {
    let isOver = false;
    void prepareSearch(pictures, () => isOver);
    return () => {
      isOver = true;
    };
  }, [pictures]);
  const picture = found.find(({ id }) => id === viewed);
  if (picture !== undefined) return <PictureView picture={picture} pictures={found} />;
  return (
    <>
      <SheetHead
        title="Your pictures"
        search={{
          label: 'Search in captions and settings',
          placeholder: 'Search captions and settings',
          query,
          onQuery: (changed) => {
            sheetStore.setState({ query: changed });
          },
        }}
      >
        <IconButton
          label="Only starred pictures"
          icon="star"
          aria-pressed={areStarred}
          onClick={() => {
            sheetStore.setState({ areStarred: !areStarred });
          }}
        />
      </SheetHead>
      <Toolbar found={found} pictures={pictures} />
      <TransferProgress />
      {found.length === 0 ? (
        <p className={styles['nothing']} role="status">
          {pictures.length === 0 ? 'There are no pictures yet.' : 'No picture has all of these words.'}
        </p>
      ) : (
        <PictureGrid pictures={found} />
      )}
    </>
  );
}

function Toolbar({
  found,
  pictures,
}: {
  readonly found: readonly PictureRecord[];
  readonly pictures: readonly PictureRecord[];
}): ReactElement {
  const selection = useStore(sheetStore, (state) => state.selection);
  const isMoving = useStore(transferStore, ({ transfer }) => transfer !== null);
  const chosen = found.filter(({ id }) => selection.has(id));
  if (chosen.length === 0) {
    return (
      <div className={styles['tools']}>
        <p className={styles['note']} role="status">
          {found.length === 1 ? '1 picture' : `${found.length} pictures`}
        </p>
        <Button
          look="quiet"
          disabled={found.length === 0}
          onClick={() => {
            select(found.map(({ id }) => id));
          }}
        >
          Select all
        </Button>
        <FolderButtons pictures={pictures} isMoving={isMoving} />
      </div>
    );
  }
  return (
    <div className={styles['tools']}>
      <p className={styles['note']} role="status">
        {chosen.length} selected
      </p>
      <Button icon="download" onClick={() => void saveZip(engine, chosen)}>
        Download as zip
      </Button>
      <Button
        icon="trash"
        onClick={() => {
          select([]);
          tellDeletion(removePictures(new Set(chosen.map(({ id }) => id))), chosen.length);
        }}
      >
        Delete
      </Button>
      <Button
        look="quiet"
        onClick={() => {
          select([]);
        }}
      >
        Select none
      </Button>
    </div>
  );
}
