import { useState, type ReactElement } from 'react';
import type { ModelSource, StoredModel } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { usesStored } from '../loading/model-abilities.ts';
import { formatBytes } from '../../../../workers/api.ts';
import styles from '../../../ui/section.module.css';
import { describeStored, sourceOfStored } from './stored.ts';
import { StoredActions, type StoredWork } from './StoredActions.tsx';
import { withProgress } from '../loading/with-progress.ts';

/** A checkpoint in this browser's storage, and what can be done with it. */
export function StoredItem({
  model,
  onChoose,
  onChange,
}: {
  readonly model: StoredModel;
  readonly onChoose: (source: ModelSource) => void;
  readonly onChange: () => Promise<void>;
}): ReactElement {
  const [work, setWork] = useState<StoredWork>({ kind: 'idle' });
  const source = sourceOfStored(model);

  const verify = async (): Promise<void> => {
    const found = await check(model, (text) => {
      setWork({ kind: 'checking', text });
    });
    setWork(found === null ? { kind: 'idle' } : { kind: 'told', text: found });
    await onChange();
  };
  const remove = async (): Promise<void> => {
    setWork({ kind: 'deleting', text: 'Deleting…' });
    const problem = await deleteStored(model);
    // Else this stays until it is gone from the list.
    if (problem !== null) setWork({ kind: 'told', text: problem });
    await onChange();
  };

  return (
    <li className={styles['item']}>
      <span>
        <strong>{model.name}</strong>
        <br />
        {describeStored(model)}
        {'text' in work && (
          <span role="status">
            <br />
            {work.text}
          </span>
        )}
      </span>
      <StoredActions
        model={model}
        work={work}
        onLoad={
          source === null
            ? null
            : () => {
                onChoose(source);
              }
        }
        onCheck={() => void verify()}
        onStop={() => void engine.cancelVerify(model.id)}
        onAsk={() => {
          setWork({ kind: 'asked' });
        }}
        onDelete={() => void remove()}
      />
    </li>
  );
}

/** @returns what was found, in words; null where the check was stopped */
async function check({ id }: StoredModel, tell: (text: string) => void): Promise<string | null> {
  tell('Checking…');
  const report = await withProgress(
    (listen) => engine.verifyModel(id, listen),
    ({ bytes, totalBytes }) => {
      tell(`Checking ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
    },
  );
  if (!report.ok) return report.error.code === 'cancelled' ? null : report.error.message;
  if (report.value.damaged.length === 0) return 'Every byte is as it was downloaded.';
  return `Damaged: ${report.value.damaged.join(', ')}. Load the model: the damaged part is downloaded again.`;
}

/** @returns what went wrong, in words; null where nothing did */
async function deleteStored({ id }: StoredModel): Promise<string | null> {
  const removed = await engine.deleteModel(id);
  if (!removed.ok) return removed.error.message;
  if (usesStored(engineStore.getState(), id)) chooseModel(engine, {});
  return null;
}
