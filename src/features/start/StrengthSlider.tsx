import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { settingTable } from '../../../workers/api.ts';
import controls from '../../ui/controls.module.css';
import { setSettings, settingsStore } from '../settings/settings.ts';
import styles from './start.module.css';

/** Less would leave no step of a short run. */
const least = 0.05;

function meaning(strength: number): string {
  if (strength < 0.4) return 'stays close to the picture';
  if (strength < 0.7) return 'keeps its layout';
  return strength < 1 ? 'keeps little of it' : 'keeps hardly anything of it';
}

/** How much of the picture is made again. */
export function StrengthSlider(): ReactElement {
  const id = useId();
  const { label, max, step } = settingTable.strength;
  const strength = useStore(settingsStore, (state) => state.strength);
  return (
    <div className={styles['strength']}>
      <div className={styles['head']}>
        <label className={controls['label']} htmlFor={id}>
          {label}
        </label>
        <output className={styles['value']} htmlFor={id}>
          {strength.toFixed(2)} · {meaning(strength)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        className={controls['range']}
        min={least}
        max={max}
        step={step}
        value={strength}
        aria-valuetext={`${strength.toFixed(2)}, ${meaning(strength)}`}
        onChange={(event) => {
          setSettings({ strength: Number(event.target.value) });
        }}
      />
    </div>
  );
}
