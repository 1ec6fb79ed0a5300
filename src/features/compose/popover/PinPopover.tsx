import { Popover } from '@base-ui/react/popover';
import { useEffect, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { useFileDrop } from '../../../ui/use-file-drop.ts';
import { AddPicture, AddView } from './AddPicture.tsx';
import { composeStore, cropPicture, unpinWord } from '../draft/compose-store.ts';
import styles from './popover.module.css';
import popupStyles from '../../../ui/popup.module.css';
import textStyles from '../../../ui/text.module.css';
import { CropView } from '../crop/CropView.tsx';
import { CutOut } from '../cut-out/CutOut.tsx';
import { DetailControls } from '../looks/DetailControls.tsx';
import { clearProblems, pinFiles, unpin } from '../draft/pin-files.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { ExportWord } from '../embeddings/ExportWord.tsx';
import { LookControls } from '../looks/LookControls.tsx';
import { LibraryRow } from './LibraryRow.tsx';
import { SampleGrid } from './SampleGrid.tsx';
import { SubjectThumb } from '../crop/SubjectThumb.tsx';
import { WordWeight } from './WordWeight.tsx';

/** Everything that can be pinned on one word. */
export function PinPopover({ word }: { readonly word: number }): ReactElement {
  const text = useStore(composeStore, ({ caption }) => splitWords(caption)[word] ?? '');
  const pin = useStore(composeStore, ({ pins }) => pins.find((candidate) => candidate.word === word));
  const [tool, setTool] = useState<Tool | null>(null);
  const held = pin?.subjects.find(({ id }) => id === tool?.id);
  const subject = held?.kind === 'picture' ? held : undefined;

  useEffect(
    () => () => {
      clearProblems(word);
    },
    [word],
  );

  const { getRootProps, isDragActive } = useFileDrop((files) => {
    void pinFiles(word, files);
  });

  return (
    <div {...getRootProps()} className={popupStyles['body']} data-hue={pin?.hue}>
      <div className={popupStyles['head']}>
        <Popover.Title className={popupStyles['title']}>
          {subject === undefined || tool === null ? `Pin on “${text}”` : toolTitles[tool.kind]}
        </Popover.Title>
        <Popover.Close render={<IconButton label="Close" icon="close" />} />
      </div>
      {subject === undefined || pin === undefined ? (
        <>
          <WordWeight word={word} text={text} />
          {pin !== undefined && <PinnedList word={word} text={text} subjects={pin.subjects} onTool={setTool} />}
          {pin !== undefined && <LookControls pin={pin} text={text} />}
          {pin !== undefined && <DetailControls pin={pin} text={text} />}
          <AddPicture word={word} text={text} isFirst={pin === undefined} isDropTarget={isDragActive} />
          <LibraryRow word={word} text={text} pinned={pin?.subjects ?? []} />
          <SampleGrid word={word} text={text} pinned={pin?.subjects ?? []} />
          {pin !== undefined && <ExportWord subjects={pin.subjects} anchor={pin.anchor} />}
        </>
      ) : tool?.kind === 'cut-out' ? (
        <CutOut
          place={{ hue: pin.hue, subject }}
          onDone={() => {
            setTool(null);
          }}
        />
      ) : (
        <CropView
          subject={subject}
          onDone={(region) => {
            if (region !== null) cropPicture(word, subject.id, region);
            setTool(null);
          }}
        />
      )}
    </div>
  );
}

/** What is done to one of the pictures, in place of the list of them. */
interface Tool {
  readonly kind: 'crop' | 'cut-out';
  readonly id: string;
}

const toolTitles: Readonly<Record<Tool['kind'], string>> = {
  crop: 'Choose the part that shows it',
  'cut-out': 'Cut the subject out',
};

function PinnedList({
  word,
  text,
  subjects,
  onTool,
}: {
  readonly word: number;
  readonly text: string;
  readonly subjects: readonly PinnedSubject[];
  readonly onTool: (tool: Tool) => void;
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
              <>
                <IconButton
                  label={`Cut out ${subject.name}`}
                  icon="cutOut"
                  aria-pressed={subject.cutOut?.isOn === true}
                  onClick={() => {
                    onTool({ kind: 'cut-out', id: subject.id });
                  }}
                />
                <IconButton
                  label={`Crop ${subject.name}`}
                  icon="crop"
                  onClick={() => {
                    onTool({ kind: 'crop', id: subject.id });
                  }}
                />
              </>
            )}
            <IconButton
              label={`Unpin ${subject.name}`}
              icon="trash"
              onClick={() => {
                unpin(word, subject.id);
              }}
            />
          </li>
        ))}
      </ul>
      <div className={styles['several']}>
        {subjects.every(({ kind }) => kind === 'picture') && <AddView word={word} text={text} />}
        {subjects.length > 1 && (
          <>
            <Button
              look="quiet"
              onClick={() => {
                unpinWord(word);
              }}
            >
              Unpin all
            </Button>
            <p className={textStyles['note']}>The new picture is made of all these views.</p>
          </>
        )}
      </div>
    </>
  );
}
