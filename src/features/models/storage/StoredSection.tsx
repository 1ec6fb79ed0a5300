import { useEffect, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ModelSource, StoredModel } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { engineStore, refreshStorage } from '../loading/engine-store.ts';
import { formatBytes } from '../../../../workers/api.ts';
import styles from './storage.module.css';
import sectionStyles from '../../../ui/section.module.css';
import controls from '../../../ui/controls.module.css';
import { StoredItem } from './StoredItem.tsx';

interface Listed {
  readonly models: readonly StoredModel[] | null;
  readonly problem: string | null;
}

/** Looks at the storage; how full it is goes to the engine's store. */
async function listStored(): Promise<Listed> {
  const stored = await engine.storedModels();
  await refreshStorage(engine);
  return stored.ok ? { models: stored.value, problem: null } : { models: null, problem: stored.error.message };
}

/** Checkpoints in this browser's storage: load, check, delete. */
export function StoredSection({ onChoose }: { readonly onChoose: (source: ModelSource) => void }): ReactElement {
  const [{ models, problem }, setListed] = useState<Listed>({ models: null, problem: null });
  const modelKind = useStore(engineStore, (state) => state.model.kind);
  const storage = useStore(engineStore, (state) => state.device?.storage ?? null);
  useEffect(() => {
    void listStored().then(setListed);
  }, [modelKind]);

  return (
    <div className={sectionStyles['section']}>
      {problem !== null && (
        <p className={controls['problem']} role="alert">
          {problem}
        </p>
      )}
      {models?.length === 0 && (
        <p>Nothing yet. Models from the Hub and from addresses are kept here, so that they are downloaded once.</p>
      )}
      <ul className={sectionStyles['list']}>
        {models?.toReversed().map((model) => (
          <StoredItem key={model.id} model={model} onChoose={onChoose} onChange={() => listStored().then(setListed)} />
        ))}
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
