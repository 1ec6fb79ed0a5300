import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { FileButton } from '../../../ui/FileButton.tsx';
import type { PictureRecord } from '../picture-record.ts';
import { hasFolders } from './folder.ts';
import styles from '../sheet.module.css';
import { saveAllAsZip, saveToFolder, takeFiles, takeFolder } from './transfers.ts';
import { transferStore } from './transfer-store.ts';

/** All pictures out to a folder and in again; as a zip where the browser has no folders. Files and zips are taken in everywhere. */
export function FolderButtons({
  pictures,
  isMoving,
}: {
  readonly pictures: readonly PictureRecord[];
  /** Pictures are on their way: one way at a time. */
  readonly isMoving: boolean;
}): ReactElement {
  const take = (files: readonly File[]): void => void takeFiles(engine, files);
  return (
    <fieldset className={styles['folder']} disabled={isMoving} aria-label="All pictures">
      {hasFolders() ? (
        <>
          <Button icon="download" disabled={pictures.length === 0} onClick={() => void saveToFolder(engine, pictures)}>
            Save all to a folder…
          </Button>
          <Button onClick={() => void takeFolder(engine)}>Take in a folder…</Button>
        </>
      ) : (
        <>
          <Button icon="download" disabled={pictures.length === 0} onClick={() => void saveAllAsZip(engine, pictures)}>
            Save all as zip
          </Button>
          <FileButton label="Take in a folder…" folder onFiles={take} />
        </>
      )}
      <FileButton
        label="Take in files…"
        accept="image/png,application/json,application/zip,.zip"
        multiple
        onFiles={take}
      />
    </fieldset>
  );
}

/** How far pictures are on their way; Cancel leaves what has arrived. */
export function TransferProgress(): ReactElement | null {
  const transfer = useStore(transferStore, (state) => state.transfer);
  if (transfer === null) return null;
  const { text, done, total, cancel } = transfer;
  return (
    <div className={styles['transfer']}>
      <span>{total === 0 ? `${text}…` : `${text}: ${done} of ${total}`}</span>
      <progress aria-label={text} {...(total === 0 ? {} : { value: done, max: total })} />
      <Button look="quiet" icon="close" onClick={cancel}>
        Cancel
      </Button>
    </div>
  );
}
