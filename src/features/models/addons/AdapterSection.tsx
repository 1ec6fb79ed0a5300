import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { acceptedEndings, formatBytes, isWeightFile } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { chooseAdded, chooseLookFile } from './addons.ts';
import { AddedProblem } from './AddedProblem.tsx';
import { engineStore, type EngineState } from '../loading/engine-store.ts';
import { FileButton } from '../../../ui/FileButton.tsx';
import { adapterLicence, adapterPage, adapterSource, knownAdapters } from '../known/known-adapters.ts';
import styles from '../../../ui/section.module.css';
import { parseRepoPath, type RepoPath } from '../sources/repo-path.ts';
import { sourceName, type Misread } from '../sources/sources.ts';
import { TextSource } from '../sources/SourceForm.tsx';

type Adapter = NonNullable<EngineState['choice']['ipAdapter']>;

/** The IP-Adapter that gives pinned pictures a look, and where its image encoder comes from. */
export function AdapterSection(): ReactElement {
  const adapter = useStore(engineStore, ({ choice }) => choice.ipAdapter);
  return (
    <div className={styles['section']}>
      <p>
        Gives pinned pictures a look: colours, parts and proportions of the very subject, beside the word that they are
        pinned on.
      </p>
      {adapter !== null && <Chosen adapter={adapter} />}
      <AddedProblem part="ipAdapter" />
      {adapter === null ? <Choices /> : <Encoder />}
    </div>
  );
}

/** "models/look.safetensors of h94/IP-Adapter" */
function placeOf(part: Adapter | NonNullable<EngineState['choice']['lookImageEncoder']>): string {
  if (part.kind === 'file') return `${part.file.name} (${formatBytes(part.file.size)})`;
  return part.path === null ? sourceName(part.source) : `${part.path} of ${sourceName(part.source)}`;
}

const kinds = { plain: 'IP-Adapter', plus: 'IP-Adapter Plus', 'full-face': 'IP-Adapter Full Face' } as const;

function Chosen({ adapter }: { readonly adapter: Adapter }): ReactElement {
  const look = useStore(engineStore, ({ model }) => (model.kind === 'ready' ? model.summary.look : null));
  const path = adapter.kind === 'file' ? adapter.file.name : adapter.path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    <p className={styles['item']}>
      <span>
        <strong>{name}</strong>
        <br />
        {look === null ? placeOf(adapter) : `${kinds[look.kind]}, ${look.tokens} tokens`}
      </span>
      <IconButton
        label={`Remove ${name}`}
        icon="trash"
        onClick={() => {
          chooseAdded(engine, { ipAdapter: null });
        }}
      />
    </p>
  );
}

/** Published adapters, and any other from a repository or a file. */
function Choices(): ReactElement {
  return (
    <>
      <ul className={styles['list']}>
        {knownAdapters.map(({ name, path, size, goodAt }) => (
          <li key={path} className={styles['item']}>
            <span>
              <strong>
                <a href={adapterPage} target="_blank" rel="noreferrer">
                  {name}
                </a>
              </strong>
              <br />
              {`${formatBytes(size)}. ${adapterLicence.name}. ${goodAt}`}
            </span>
            <Button
              aria-label={`Use ${name}`}
              onClick={() => {
                chooseAdded(engine, { ipAdapter: { kind: 'from', source: adapterSource, path } });
              }}
            >
              Use
            </Button>
          </li>
        ))}
      </ul>
      <TextSource
        label="An adapter from a repository"
        action="Use"
        hint="The repository and the file in it, or the address of the file’s page. Made for Stable Diffusion 1.x."
        initial=""
        placeholder="owner/name/folder/adapter.safetensors"
        parse={(text) => adapterFile(parseRepoPath(text, location.href))}
        onChoose={({ source, path }) => {
          chooseAdded(engine, { ipAdapter: { kind: 'from', source, path } });
        }}
      />
      <div className={styles['local']}>
        <FileButton
          label="Open an adapter file"
          accept={acceptedEndings('ipAdapter')}
          onFiles={([file]) => {
            if (file !== undefined) void chooseLookFile(engine, 'ipAdapter', file);
          }}
        />
      </div>
    </>
  );
}

function adapterFile(read: RepoPath | Misread): (RepoPath & { readonly path: string }) | Misread {
  if ('problem' in read) return read;
  const { source, path } = read;
  if (path === null || !isWeightFile(path))
    return { problem: 'Name the adapter’s file too, with its folders: “owner/name/models/adapter.safetensors”.' };
  return { source, path };
}

/** Where the adapter's image encoder comes from, and what is wrong with it. */
function Encoder(): ReactElement {
  const encoder = useStore(engineStore, ({ choice }) => choice.lookImageEncoder);
  return (
    <>
      <AddedProblem part="lookImageEncoder" />
      {encoder === null ? <EncoderChoices /> : <ChosenEncoder encoder={encoder} />}
    </>
  );
}

function ChosenEncoder({
  encoder,
}: {
  readonly encoder: NonNullable<EngineState['choice']['lookImageEncoder']>;
}): ReactElement {
  return (
    <p className={styles['item']}>
      <span>
        Its image encoder: <strong>{placeOf(encoder)}</strong>
      </span>
      <Button
        onClick={() => {
          chooseAdded(engine, { lookImageEncoder: null });
        }}
      >
        Use the adapter’s own
      </Button>
    </p>
  );
}

function EncoderChoices(): ReactElement {
  return (
    <>
      <TextSource
        label="Its image encoder from another repository"
        action="Use"
        hint="What looks at the pinned pictures for the adapter. Left alone, the one that lies beside the adapter is used; for a file of yours, the model’s own."
        initial=""
        placeholder={`${adapterSource.repo}/models/image_encoder`}
        parse={(text) => parseRepoPath(text, location.href)}
        onChoose={({ source, path }) => {
          chooseAdded(engine, { lookImageEncoder: { kind: 'from', source, path } });
        }}
      />
      <div className={styles['local']}>
        <FileButton
          label="Open an image encoder file"
          accept={acceptedEndings('ipAdapter')}
          onFiles={([file]) => {
            if (file !== undefined) void chooseLookFile(engine, 'lookImageEncoder', file);
          }}
        />
      </div>
    </>
  );
}
