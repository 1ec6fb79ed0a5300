import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { IconButton } from '../../ui/Button.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { chooseModel, engineStore } from './engine-store.ts';
import { FileButton } from './FileButton.tsx';
import { dropFile, keepFile } from './file-shelf.ts';
import styles from './models.module.css';

export async function addLoras(files: readonly File[]): Promise<void> {
  const added = await Promise.all(files.map(async (file) => ({ ...(await keepFile(file, file.name)), weight: 1 })));
  chooseModel(engine, { loras: [...engineStore.getState().choice.loras, ...added] });
}

function setWeight(id: string, weight: number): void {
  chooseModel(engine, { loras: engineStore.getState().choice.loras.map((lora) => (lora.id === id ? { ...lora, weight } : lora)) });
}

function remove(id: string): void {
  chooseModel(engine, { loras: engineStore.getState().choice.loras.filter((lora) => lora.id !== id) });
  void dropFile(id);
}

/** LoRA files that are merged into the weights while they load. */
export function LoraSection(): ReactElement {
  const loras = useStore(engineStore, (state) => state.choice.loras);
  return (
    <div className={styles['section']}>
      <p>Merged into the weights while the model loads; what is stored stays as it is.</p>
      <ul className={styles['list']}>
        {loras.map(({ id, name, weight }) => (
          <li key={id} className={styles['item']}>
            <strong>{name}</strong>
            <span className={styles['weight']}>
              <NumberInput label={`Weight of ${name}`} hideLabel value={weight} min={-2} max={2} step={0.05} onChange={(value) => {
                setWeight(id, value);
              }} />
              <IconButton label={`Remove ${name}`} icon="trash" onClick={() => {
                remove(id);
              }} />
            </span>
          </li>
        ))}
      </ul>
      <div className={styles['local']}>
        <FileButton label="Add LoRA files" accept=".safetensors" multiple onFiles={(files) => void addLoras(files)} />
      </div>
    </div>
  );
}
