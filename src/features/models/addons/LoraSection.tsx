import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { acceptedEndings, loraWeight } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { IconButton } from '../../../ui/Button.tsx';
import { NumberInput } from '../../../ui/NumberInput.tsx';
import { addLoras, removeLora, weighLora } from './addons.ts';
import { engineStore } from '../loading/engine-store.ts';
import { FileButton } from '../../../ui/FileButton.tsx';
import styles from './addons.module.css';
import sectionStyles from '../../../ui/section.module.css';

/** LoRA files that are merged into the weights while they load. */
export function LoraSection(): ReactElement {
  const loras = useStore(engineStore, (state) => state.choice.loras);
  return (
    <div className={sectionStyles['section']}>
      <p>Merged into the weights while the model loads; what is stored stays as it is.</p>
      <ul className={sectionStyles['list']}>
        {loras.map(({ id, name, weight }) => (
          <li key={id} className={sectionStyles['item']}>
            <strong>{name}</strong>
            <span className={styles['weight']}>
              <NumberInput
                label={`Weight of ${name}`}
                hideLabel
                value={weight}
                min={loraWeight.min}
                max={loraWeight.max}
                step={loraWeight.step}
                onChange={(value) => {
                  weighLora(engine, id, value);
                }}
              />
              <IconButton
                label={`Remove ${name}`}
                icon="trash"
                onClick={() => {
                  removeLora(engine, id);
                }}
              />
            </span>
          </li>
        ))}
      </ul>
      <div className={sectionStyles['local']}>
        <FileButton
          label="Add LoRA files"
          accept={acceptedEndings('lora')}
          multiple
          onFiles={(files) => void addLoras(engine, files)}
        />
      </div>
    </div>
  );
}
