import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { SelectField } from '../../../ui/Fields.tsx';
import { installProjector, uninstallProjector } from './addons.ts';
import { BorrowedPart } from './BorrowedPart.tsx';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { FileButton } from '../../../ui/FileButton.tsx';
import { acceptedEndings, formatBytes } from '../../../../workers/api.ts';
import { knownProjectors, licenceOfProjector, type KnownProjector } from '../known/known-projectors.ts';
import sectionStyles from '../../../ui/section.module.css';
import controls from '../../../ui/controls.module.css';
import { withProgress } from '../loading/with-progress.ts';

const own = 'checkpoint';

/** The network from pictures to pseudo-words: the checkpoint's own, or a published one. */
export function ProjectorSection(): ReactElement {
  const { projectors, projector } = useStore(engineStore, (state) => state.choice);
  return (
    <div className={sectionStyles['section']}>
      <SelectField
        label="Projector in use"
        value={projector ?? own}
        options={[
          { value: own, text: 'The model’s own' },
          ...projectors.map(({ id, name, size }) => ({ value: id, text: `${name} (${formatBytes(size)})` })),
        ]}
        hint="It turns a picture into a word of the caption. Stable Diffusion models bring none: take one of these."
        onChange={(id) => {
          chooseModel(engine, { projector: id === own ? null : id });
        }}
      />
      <ul className={sectionStyles['list']}>
        {projectors.map(({ id, name, size }) => (
          <li key={id} className={sectionStyles['item']}>
            <span>
              <strong>{name}</strong>
              <br />
              {formatBytes(size)}. {licenceOfProjector(name)}.
            </span>
            <IconButton
              label={`Remove ${name}`}
              icon="trash"
              onClick={() => {
                uninstallProjector(engine, id);
              }}
            />
          </li>
        ))}
        {knownProjectors.map((known) => (
          <Known key={known.name} known={known} isThere={projectors.some(({ name }) => known.fileName.test(name))} />
        ))}
      </ul>
      <BorrowedPart
        part="imageEncoder"
        label="Image encoder"
        hint="It looks at the pinned pictures for the projector. Left alone, the model’s own is used, if it has one."
        placeholder="openai/clip-vit-large-patch14"
      />
      <div className={sectionStyles['local']}>
        <FileButton
          label="Open a projector file"
          accept={acceptedEndings('projector')}
          multiple
          onFiles={(files) => {
            void openProjector(files);
          }}
        />
      </div>
    </div>
  );
}

/** Weights, and with them config.json where they are of our own format. */
async function openProjector(files: readonly File[]): Promise<void> {
  const weights = files.find(({ name }) => !name.endsWith('.json'));
  const config = files.find(({ name }) => name.endsWith('.json')) ?? null;
  if (weights !== undefined) await installProjector(engine, { bytes: weights, name: weights.name }, config);
}

function Known({ known, isThere }: { readonly known: KnownProjector; readonly isThere: boolean }): ReactElement | null {
  const [progress, setProgress] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { file } = known;
  if (isThere) return null;

  const download = async (location: NonNullable<KnownProjector['file']>): Promise<void> => {
    setProblem(null);
    setProgress('Loading…');
    const bytes = await withProgress(
      (listen) => engine.fetchFile(location, listen),
      ({ bytes: read, totalBytes }) => {
        setProgress(totalBytes > 0 ? `${formatBytes(read)} of ${formatBytes(totalBytes)}` : formatBytes(read));
      },
    );
    setProgress(null);
    if (bytes.ok) await installProjector(engine, { bytes: bytes.value, name: location.path }, null);
    else setProblem(bytes.error.message);
  };

  return (
    <li className={sectionStyles['item']}>
      <span>
        <strong>
          <a href={known.page} target="_blank" rel="noreferrer">
            {known.name}
          </a>
        </strong>
        <br />
        {known.size === null ? '' : `${formatBytes(known.size)}. `}
        {known.licence}.
        {known.file === null && ' Its host does not let pages download it: fetch it there and open the file here.'}
        {problem !== null && (
          <span className={controls['problem']} role="alert">
            {' '}
            {problem}
          </span>
        )}
      </span>
      {file !== null && (
        <Button aria-label={`Download ${known.name}`} disabled={progress !== null} onClick={() => void download(file)}>
          {progress ?? 'Download'}
        </Button>
      )}
    </li>
  );
}
