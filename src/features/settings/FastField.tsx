import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { formatBytes } from '../../../workers/api.ts';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { toast } from '../../ui/toast.ts';
import { engineStore } from '../models/loading/engine-store.ts';
import { ensureModel } from '../models/loading/load-model.ts';
import { fewStepLoras, type FewStepLora } from '../models/known/few-step-loras.ts';
import { canBeFast, fastLora, fetchedLora, switchFastOff, switchFastOn } from './fast-mode.ts';
import { settingsStore } from './settings.ts';
import styles from './settings.module.css';

/** One press to pictures of a few steps. Shown where a model is loaded for which there are such LoRA files, or Fast is on. */
export function FastField(): ReactElement | null {
  const loras = useStore(engineStore, ({ choice }) => choice.loras);
  const isOffered = useStore(engineStore, canBeFast);
  const settings = useStore(settingsStore);
  const [isAsking, setIsAsking] = useState(false);
  const [progress, setProgress] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const current = fastLora(loras, settings);
  if (current === null && !isOffered && progress === null) return null;

  const begin = async (lora: FewStepLora): Promise<void> => {
    setIsAsking(false);
    setProblem(null);
    setProgress('Loading…');
    const switched = await switchFastOn(engine, lora, ({ bytes, totalBytes }) => {
      setProgress(`${formatBytes(bytes)} of ${formatBytes(totalBytes)}`);
    });
    setProgress(null);
    if (!switched.ok) {
      setProblem(switched.error.message);
      return;
    }
    const undo = { label: 'Undo', onClick: () => void leave(switched.value) };
    toast(`Fast is on: ${lora.name}, ${lora.settings.steps} steps.`, { action: undo });
    await ensureModel(engine);
  };
  const press = (): void => {
    const fetched = fetchedLora(loras);
    if (current !== null)
      void leave(() => {
        switchFastOff(engine);
      });
    else if (fetched !== null) void begin(fetched);
    else setIsAsking(!isAsking);
  };

  return (
    <div className={styles['wide']}>
      <Button aria-pressed={current !== null} disabled={progress !== null} onClick={press}>
        {progress ?? 'Fast (4–8 steps)'}
      </Button>
      {isAsking && <Question onChoose={(lora) => void begin(lora)} />}
      {problem !== null && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

async function leave(switchOff: () => void): Promise<void> {
  switchOff();
  await ensureModel(engine);
}

/** What will be fetched, from where and under which licence. */
function Question({ onChoose }: { readonly onChoose: (lora: FewStepLora) => void }): ReactElement {
  return (
    <div role="group" aria-label="What Fast needs" className={styles['question']}>
      <p>
        Fast needs a LoRA file, which is fetched once and kept in this browser. It loads the model again, and sets the
        scheduler, the steps and the guidance.
      </p>
      <ul>
        {fewStepLoras.map((lora) => (
          <li key={lora.name}>
            <span>
              <a href={lora.page} target="_blank" rel="noreferrer">
                {lora.name}
              </a>
              {`: ${formatBytes(lora.size)} from ${new URL(lora.file.endpoint).host}. Licence: ${lora.licence}.`}
            </span>
            <Button
              aria-label={`Download ${lora.name}`}
              onClick={() => {
                onChoose(lora);
              }}
            >
              Download
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
