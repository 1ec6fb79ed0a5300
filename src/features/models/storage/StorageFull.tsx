import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { StoredModel } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { usePromise } from '../../../ui/use-promise.ts';
import { engineStore } from '../loading/engine-store.ts';
import { loadIntoMemory } from '../loading/choose-model.ts';
import { formatBytes } from '../../../../workers/api.ts';
import { removableModels } from './make-room.ts';
import styles from './storage.module.css';
import sectionStyles from '../../../ui/section.module.css';
import controls from '../../../ui/controls.module.css';

/** What can be done where a model does not fit into the storage: other models go, or it is not stored. */
export function StorageFull({ onRetry }: { readonly onRetry: () => void }): ReactElement {
  const source = useStore(engineStore, (state) => state.choice.source);
  const stored = usePromise(() => engine.storedModels(), 'stored');
  const removable = stored?.ok === true ? removableModels(stored.value, source) : [];
  return (
    <div className={sectionStyles['section']}>
      {removable.length > 0 && <Removal models={removable} onRemoved={onRetry} />}
      <div>
        <Button
          onClick={() => {
            loadIntoMemory();
            onRetry();
          }}
        >
          Load it into memory only
        </Button>
        <p>
          It is then downloaded again at the next visit. What is stored stays stored, also what is there of this model.
        </p>
      </div>
    </div>
  );
}

function Removal({
  models,
  onRemoved,
}: {
  readonly models: readonly StoredModel[];
  readonly onRemoved: () => void;
}): ReactElement {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string | null>(null);
  const freed = models.reduce((sum, { id, bytes }) => (chosen.has(id) ? sum + bytes : sum), 0);

  const toggle = (id: string): void => {
    setChosen((before) =>
      before.has(id) ? new Set([...before].filter((other) => other !== id)) : new Set([...before, id]),
    );
  };
  const remove = async (): Promise<void> => {
    for (const id of chosen) {
      const removed = await engine.deleteModel(id);
      if (!removed.ok) {
        setProblem(removed.error.message);
        return;
      }
    }
    onRemoved();
  };

  return (
    <fieldset className={styles['removal']}>
      <legend>Make room by deleting other models</legend>
      {models.map(({ id, name, bytes, complete }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.has(id)}
            onChange={() => {
              toggle(id);
            }}
          />
          {name} ({formatBytes(bytes)}
          {complete ? '' : ', download interrupted'})
        </label>
      ))}
      <Button disabled={chosen.size === 0} onClick={() => void remove()}>
        {chosen.size === 0 ? 'Delete and try again' : `Delete ${formatBytes(freed)} and try again`}
      </Button>
      {problem !== null && (
        <p className={controls['problem']} role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
