import { useEffect, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ModelSource, StoredModel } from '../../../workers/api.ts';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { chooseModel, engineStore, refreshStorage, usesStored } from './engine-store.ts';
import { formatBytes } from './format.ts';
import styles from './models.module.css';
import { withProgress } from './with-progress.ts';
import { describeStored, sourceOfStored } from './stored.ts';

/** Checkpoints in this browser's storage: load, check, delete. */
export function StoredSection({ onChoose }: { readonly onChoose: (source: ModelSource) => void }): ReactElement {
  const [models, setModels] = useState<readonly StoredModel[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const modelKind = useStore(engineStore, (state) => state.model.kind);
  const storage = useStore(engineStore, (state) => state.device?.storage ?? null);

  const refresh = async (): Promise<void> => {
    const stored = await engine.storedModels();
    if (stored.ok) setModels(stored.value);
    setProblem(stored.ok ? null : stored.error.message);
    await refreshStorage(engine);
  };
  useEffect(() => {
    void engine.storedModels().then((stored) => {
      if (stored.ok) setModels(stored.value);
      setProblem(stored.ok ? null : stored.error.message);
      return refreshStorage(engine);
    });
  }, [modelKind]);

  return (
    <div className={styles['section']}>
      {problem !== null && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
      {models?.length === 0 && <p>Nothing yet. Models from the Hub and from addresses are kept here, so that they are downloaded once.</p>}
      <ul className={styles['list']}>
        {models?.toReversed().map((model) => <Stored key={model.id} model={model} onChoose={onChoose} onChange={refresh} />)}
      </ul>
      {storage !== null && storage.quota > 0 && (
        <div className={styles['disk']}>
          <meter aria-label="Storage used by this page" min={0} max={storage.quota} value={storage.usage} />
          <p>
            {formatBytes(storage.usage)} used of {formatBytes(storage.quota)} that the browser offers
          </p>
        </div>
      )}
    </div>
  );
}

type Work = { readonly kind: 'idle' } | { readonly kind: 'asked' } | { readonly kind: 'busy' | 'told'; readonly text: string };

function Stored({ model, onChoose, onChange }: {
  readonly model: StoredModel;
  readonly onChoose: (source: ModelSource) => void;
  readonly onChange: () => Promise<void>;
}): ReactElement {
  const [work, setWork] = useState<Work>({ kind: 'idle' });
  const source = sourceOfStored(model);

  const verify = async (): Promise<void> => {
    setWork({ kind: 'busy', text: 'Checking…' });
    const report = await withProgress(
      (listen) => engine.verifyModel(model.id, listen),
      ({ bytes, totalBytes }) => {
        setWork({ kind: 'busy', text: `Checking ${formatBytes(bytes)} of ${formatBytes(totalBytes)}` });
      },
    );
    if (!report.ok) setWork({ kind: 'told', text: report.error.message });
    else if (report.value.damaged.length === 0) setWork({ kind: 'told', text: 'Every byte is as it was downloaded.' });
    else setWork({ kind: 'told', text: `Damaged: ${report.value.damaged.join(', ')}. Load the model: the damaged part is downloaded again.` });
    await onChange();
  };

  const remove = async (): Promise<void> => {
    if (work.kind !== 'asked') {
      setWork({ kind: 'asked' });
      return;
    }
    const removed = await engine.deleteModel(model.id);
    if (!removed.ok) setWork({ kind: 'told', text: removed.error.message });
    else if (usesStored(engineStore.getState(), model.id)) chooseModel(engine, {});
    await onChange();
  };

  return (
    <li className={styles['item']}>
      <span>
        <strong>{model.name}</strong>
        <br />
        {describeStored(model)}
        {(work.kind === 'busy' || work.kind === 'told') && (
          <span role="status">
            <br />
            {work.text}
          </span>
        )}
      </span>
      <span className={styles['itemActions']}>
        {source !== null && (
          <Button aria-label={`${model.complete ? 'Load' : 'Resume'} ${model.name}`} onClick={() => {
            onChoose(source);
          }}>
            {model.complete ? 'Load' : 'Resume'}
          </Button>
        )}
        <Button look="quiet" aria-label={`Check ${model.name}`} disabled={work.kind === 'busy'} onClick={() => void verify()}>
          Check
        </Button>
        <Button look="quiet" aria-label={`${work.kind === 'asked' ? 'Really delete' : 'Delete'} ${model.name}`} onClick={() => void remove()}>
          {work.kind === 'asked' ? 'Really delete?' : 'Delete'}
        </Button>
      </span>
    </li>
  );
}
