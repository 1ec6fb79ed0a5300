import { Popover } from '@base-ui/react/popover';
import { useEffect, useId, useState, type ReactElement } from 'react';
import { useDropzone } from 'react-dropzone';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ProblemList } from '../../ui/ProblemList.tsx';
import { composeStore, cropPicture, unpinSubject, unpinWord } from './compose-store.ts';
import styles from './compose.module.css';
import { CropView } from './CropView.tsx';
import { clearProblems, intakeOf, intakeStore, pasteFromClipboard, pinFiles } from './pin-files.ts';
import type { PinnedSubject } from './pins.ts';
import { ExportWord } from './ExportWord.tsx';
import { SampleGrid } from './SampleGrid.tsx';
import { SubjectThumb } from './SubjectThumb.tsx';
import { splitWords } from './words.ts';

/** Everything that can be pinned on one word. */
export function PinPopover({ word }: { readonly word: number }): ReactElement {
  const text = useStore(composeStore, ({ caption }) => splitWords(caption)[word] ?? '');
  const pin = useStore(composeStore, ({ pins }) => pins.find((candidate) => candidate.word === word));
  const [cropping, setCropping] = useState<string | null>(null);
  const cropped = pin?.subjects.find(({ id }) => id === cropping);
  const subject = cropped?.kind === 'picture' ? cropped : undefined;

  useEffect(() => () => {
    clearProblems(word);
  }, [word]);

  return (
    <div className={styles['pinning']} data-hue={pin?.hue}>
      <div className={styles['popupHead']}>
        <Popover.Title className={styles['popupTitle']}>{subject === undefined ? `Pin on “${text}”` : 'Choose the part that shows it'}</Popover.Title>
        <Popover.Close render={<IconButton label="Close" icon="close" />} />
      </div>
      {subject === undefined ? (
        <>
          {pin !== undefined && <PinnedList word={word} subjects={pin.subjects} onCrop={setCropping} />}
          {pin !== undefined && <ExportWord subjects={pin.subjects} anchor={pin.anchor} />}
          <AddPicture word={word} text={text} isFirst={pin === undefined} />
          <SampleGrid word={word} text={text} pinned={pin?.subjects ?? []} />
        </>
      ) : (
        <CropView
          subject={subject}
          onDone={(region) => {
            if (region !== null) cropPicture(word, subject.id, region);
            setCropping(null);
          }}
        />
      )}
    </div>
  );
}

function PinnedList({ word, subjects, onCrop }: {
  readonly word: number;
  readonly subjects: readonly PinnedSubject[];
  readonly onCrop: (id: string) => void;
}): ReactElement {
  return (
    <>
      <ul className={styles['pinned']} aria-label="Pinned pictures">
        {subjects.map((subject) => (
          <li key={subject.id} className={styles['pinnedPicture']}>
            <SubjectThumb subject={subject} />
            <span className={styles['pinnedName']} title={subject.name}>
              {subject.name}
            </span>
            {subject.kind === 'picture' && (
              <IconButton label={`Crop ${subject.name}`} icon="crop" onClick={() => {
                onCrop(subject.id);
              }} />
            )}
            <IconButton label={`Unpin ${subject.name}`} icon="trash" onClick={() => {
              unpinSubject(word, subject.id);
            }} />
          </li>
        ))}
      </ul>
      {subjects.length > 1 && (
        <div className={styles['several']}>
          <p className={styles['note']}>Several on one word are averaged.</p>
          <Button look="quiet" onClick={() => {
            unpinWord(word);
          }}>
            Unpin all
          </Button>
        </div>
      )}
    </>
  );
}

/** Drop, paste or choose. The file input is a real one, so that it works by keyboard and by script. */
function AddPicture({ word, text, isFirst }: { readonly word: number; readonly text: string; readonly isFirst: boolean }): ReactElement {
  const id = useId();
  const { reading, problems } = useStore(intakeStore, (state) => intakeOf(state, word));
  const { getRootProps, isDragActive } = useDropzone({
    noClick: true,
    noKeyboard: true,
    useFsAccessApi: false,
    onDrop: (accepted, rejected) => {
      void pinFiles(word, [...accepted, ...rejected.map(({ file }) => file)]);
    },
  });

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void pinFiles(word, files);
    };
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('paste', paste);
    };
  }, [word]);

  return (
    <div {...getRootProps({ role: 'group', tabIndex: -1 })} aria-label="Add a picture" className={styles['drop']} data-active={isDragActive}>
      <label htmlFor={id} className={styles['choose']}>
        <Icon name="picture" />
        <span>{reading > 0 ? 'Reading…' : isFirst ? 'Choose a picture' : 'Add another picture'}</span>
        <input
          id={id}
          type="file"
          multiple
          accept="image/*,.pt,.bin,.safetensors"
          aria-label={`Picture for “${text}”`}
          onChange={(event) => {
            void pinFiles(word, [...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </label>
      <p className={styles['dropHint']}>
        or drop one here, or{' '}
        <button type="button" className={styles['link']} onClick={() => void pasteFromClipboard(word)}>
          paste it
        </button>
      </p>
      <ProblemList problems={problems} className={styles['problem']} />
    </div>
  );
}
