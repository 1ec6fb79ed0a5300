import { useState, type DragEvent, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import controls from '../../ui/controls.module.css';
import { droppedPicture } from '../../ui/picture-drag.ts';
import { usePromise } from '../../ui/use-promise.ts';
import { subjectUrl } from '../compose/pins/subject-library.ts';
import { engineStore } from '../models/loading/engine-store.ts';
import { lacksStart } from '../models/loading/model-abilities.ts';
import { FileButton } from '../../ui/FileButton.tsx';
import { useFileDrop } from '../../ui/use-file-drop.ts';
import { setStart, startStore, type Start } from './start-store.ts';
import styles from './start.module.css';
import { StrengthSlider } from './StrengthSlider.tsx';
import { removeStart, takeStart } from './take-start.ts';

/** What runs start from: nothing, or a picture that is chosen or dropped here. */
export function StartField(): ReactElement {
  const start = useStore(startStore, (state) => state.start);
  const lacks = useStore(engineStore, lacksStart);
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (files: readonly File[]): Promise<void> => {
    const [file] = files;
    if (file === undefined) return;
    setProblem(await takeStart(engine, file, { name: file.name, keepsSize: false }));
  };
  const takeFinished = async (event: DragEvent): Promise<void> => {
    const picture = droppedPicture(event);
    if (picture === null) return;
    event.preventDefault();
    event.stopPropagation();
    setProblem(await takeStart(engine, picture, { name: picture.name, keepsSize: true }));
  };
  const { getRootProps } = useFileDrop((files) => void take(files), lacks !== null);
  const chooser = (label: string): ReactElement => (
    <FileButton label={label} accept="image/*" onFiles={(files) => void take(files)} />
  );
  return (
    <section
      {...getRootProps({ role: 'region', onDrop: (event) => void takeFinished(event) })}
      className={styles['field']}
      aria-label="Start from"
    >
      <div className={styles['head']}>
        <h2 className={controls['label']}>Start from</h2>
        {start === null && lacks === null && chooser('A picture…')}
      </div>
      {start === null ? (
        <p className={controls['hint']}>{lacks ?? 'Nothing: the picture forms out of noise. Or drop one here.'}</p>
      ) : (
        <Chosen start={start} lacks={lacks} chooser={chooser('Another…')} />
      )}
      {problem !== null && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

function Chosen({
  start,
  lacks,
  chooser,
}: {
  readonly start: Start;
  /** Why the loaded model cannot; null where it can. */
  readonly lacks: string | null;
  readonly chooser: ReactElement;
}): ReactElement {
  const { picture } = start;
  const url = usePromise(() => subjectUrl(picture.id), picture.id);
  return (
    <>
      <div className={styles['chosen']}>
        <img className={styles['thumb']} src={url ?? undefined} alt="" />
        <p className={styles['name']}>
          {picture.name}
          <span>
            {picture.width} × {picture.height}
          </span>
        </p>
        {chooser}
        <IconButton label={`Do not start from ${picture.name}`} icon="close" onClick={removeStart} />
      </div>
      {lacks === null ? <Changes start={start} /> : <p className={styles['problem']}>{lacks}</p>}
    </>
  );
}

function Changes({ start }: { readonly start: Start }): ReactElement {
  const isMarking = useStore(startStore, (state) => state.isMarking);
  return (
    <>
      <StrengthSlider />
      <div className={styles['part']}>
        <Button
          icon="brush"
          aria-pressed={isMarking}
          onClick={() => {
            startStore.setState({ isMarking: !isMarking });
          }}
        >
          {start.mask === null ? 'Change only a part' : 'Change the marked part'}
        </Button>
        {start.mask !== null && (
          <Button
            look="quiet"
            onClick={() => {
              setStart({ ...start, mask: null });
            }}
          >
            Change all of it
          </Button>
        )}
      </div>
    </>
  );
}
