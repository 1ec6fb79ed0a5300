import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { CaptionSentence } from '../../compose/words/CaptionSentence.tsx';
import { splitWords } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { openSheet } from '../../gallery/sheet-store.ts';
import styles from './frame.module.css';
import { OwnPicture } from './OwnPicture.tsx';

/** Before the first picture: the caption as the model will read it, with pictures in the place of pinned words. */
export function EmptyStage(): ReactElement {
  const caption = useStore(composeStore, (state) => state.caption);
  const pins = useStore(composeStore, (state) => state.pins);
  const hasPictures = useStore(galleryStore, (state) => state.pictures.length > 0);
  const words = splitWords(caption);
  return (
    <div className={styles['empty']}>
      <p className={styles['purpose']}>Pin a picture to a word, and get a new picture of that very subject.</p>
      <CaptionSentence />
      <p className={styles['emptyHint']}>
        {words.length === 0
          ? 'Type a caption and pin a picture on one of its words, or begin with a picture.'
          : pins.length === 0
            ? 'Click a word and give it a picture. The new picture shows that very subject.'
            : 'The picture forms here, on this computer; nothing is uploaded.'}
      </p>
      <div className={styles['beginnings']}>
        <OwnPicture />
        {/* With pictures the strip leads there. */}
        {!hasPictures && (
          <Button
            look="quiet"
            title="From a folder, a zip or files that Pinword has saved"
            onClick={() => {
              openSheet(true);
            }}
          >
            Take pictures in
          </Button>
        )}
      </div>
    </div>
  );
}
