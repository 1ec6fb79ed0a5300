import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { acceptedEndings, formatBytes } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { chooseAdded, chooseTinyFiles } from './addons.ts';
import { AddedProblem } from './AddedProblem.tsx';
import { engineStore, type EngineState } from '../loading/engine-store.ts';
import { FileButton } from '../../../ui/FileButton.tsx';
import { knownTiny } from '../known/known-tiny.ts';
import styles from '../../../ui/section.module.css';
import { parseRepoPath } from '../sources/repo-path.ts';
import { sourceName } from '../sources/sources.ts';
import { TextSource } from '../sources/SourceForm.tsx';

type Tiny = NonNullable<EngineState['choice']['tinyAutoencoder']>;

/** A tiny autoencoder beside the model's own: for finished pictures, for previews, or both, as is chosen among the settings. */
export function TinySection(): ReactElement {
  const chosen = useStore(engineStore, ({ choice }) => choice.tinyAutoencoder);
  return (
    <div className={styles['section']}>
      <p>
        A small copy of the decoder. It finishes pictures in a twentieth of the work, or shows every step as the picture
        that it would be: “Decoder” and “Previews” under “Advanced” say which.
      </p>
      <AddedProblem part="tinyAutoencoder" />
      {chosen === null ? <Choices /> : <Chosen chosen={chosen} />}
    </div>
  );
}

function nameOf(chosen: Tiny): string {
  if (chosen.kind === 'files') return chosen.files.map(({ name }) => name).join(', ');
  return chosen.path === null ? sourceName(chosen.source) : `${chosen.path} of ${sourceName(chosen.source)}`;
}

function Chosen({ chosen }: { readonly chosen: Tiny }): ReactElement {
  const name = nameOf(chosen);
  return (
    <p className={styles['item']}>
      <strong>{name}</strong>
      <IconButton
        label={`Remove ${name}`}
        icon="trash"
        onClick={() => {
          chooseAdded(engine, { tinyAutoencoder: null });
        }}
      />
    </p>
  );
}

/** The published one, and any other from a repository or from files. */
function Choices(): ReactElement {
  const { name, page, size, licence, source } = knownTiny;
  return (
    <>
      <ul className={styles['list']}>
        <li className={styles['item']}>
          <span>
            <strong>
              <a href={page} target="_blank" rel="noreferrer">
                {name}
              </a>
            </strong>
            <br />
            {`${formatBytes(size)}. ${licence}. For Stable Diffusion 1.x.`}
          </span>
          <Button
            aria-label={`Use ${name}`}
            onClick={() => {
              chooseAdded(engine, { tinyAutoencoder: { kind: 'from', source, path: null } });
            }}
          >
            Use
          </Button>
        </li>
      </ul>
      <TextSource
        label="A tiny autoencoder from a repository"
        action="Use"
        hint="The repository, a folder or a file in it, or the address of a folder or file."
        initial=""
        placeholder={source.repo}
        parse={(text) => parseRepoPath(text, location.href)}
        onChoose={(place) => {
          chooseAdded(engine, { tinyAutoencoder: { kind: 'from', ...place } });
        }}
      />
      <div className={styles['local']}>
        <FileButton
          label="Open tiny autoencoder files"
          accept={acceptedEndings('tinyAutoencoder')}
          multiple
          onFiles={(files) => void chooseTinyFiles(engine, files)}
        />
        <FileButton label="Open its folder" folder onFiles={(files) => void chooseTinyFiles(engine, files)} />
      </div>
    </>
  );
}
