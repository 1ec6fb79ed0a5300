import { Dialog } from '@base-ui/react/dialog';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { DialogBox } from '../../ui/DialogBox.tsx';
import { SubjectThumb } from '../compose/crop/SubjectThumb.tsx';
import { carryQuestionStore } from './carry-question.ts';
import styles from './carry.module.css';

/** More would hide the question. */
const mostThumbs = 8;

/** Whether files carry the pinned pictures. Closing it saves nothing. */
export function CarryQuestion(): ReactElement {
  const asked = useStore(carryQuestionStore, (state) => state.asked);
  return (
    <DialogBox
      isOpen={asked !== null}
      onOpenChange={(open) => {
        if (!open) asked?.answer(null);
      }}
      title="Put your pinned pictures into the file?"
    >
      {asked !== null && (
        <>
          <ul className={styles['pictures']} aria-label="Pinned pictures">
            {asked.pictures.slice(0, mostThumbs).map((picture) => (
              <li key={picture.id} title={picture.name}>
                <SubjectThumb subject={picture} />
                <span className="visually-hidden">{picture.name}</span>
              </li>
            ))}
            {asked.pictures.length > mostThumbs && <li>and {asked.pictures.length - mostThumbs} more</li>}
          </ul>
          <Dialog.Description className={styles['text']}>
            With small copies inside, the file opens anywhere with its subjects, also on another machine. Whoever you
            give it to can see them. Without, it has caption and settings alone.
          </Dialog.Description>
          <p className={styles['text']}>
            This is remembered for downloads, folders, zips and sheets; “Advanced” changes it. “Copy” never takes them
            along.
          </p>
          <div className={styles['answers']}>
            <Button
              onClick={() => {
                asked.answer(false);
              }}
            >
              Without them
            </Button>
            <Button
              onClick={() => {
                asked.answer(true);
              }}
            >
              With them
            </Button>
          </div>
        </>
      )}
    </DialogBox>
  );
}
