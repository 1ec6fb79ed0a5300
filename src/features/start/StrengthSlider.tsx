import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { settingTable } from '../../../workers/api.ts';
import { Slider } from '../../ui/Slider.tsx';
import { setSettings, settingsStore } from '../settings/settings.ts';

/** Less would leave no step of a short run. */
const least = 0.05;

function meaning(strength: number): string {
  if (strength < 0.4) return 'stays close to the picture';
  if (strength < 0.7) return 'keeps its layout';
  return strength < 1 ? 'keeps little of it' : 'keeps hardly anything of it';
}

/** How much of the picture is made again. */
export function StrengthSlider(): ReactElement {
  const { label, max, step } = settingTable.strength;
  const strength = useStore(settingsStore, (state) => state.strength);
  const number = strength.toFixed(2);
  return (
    <Slider
      label={label}
      value={strength}
      limits={{ min: least, max, step }}
      said={`${number}, ${meaning(strength)}`}
      shown={`${number} · ${meaning(strength)}`}
      onChange={(changed) => {
        setSettings({ strength: changed });
      }}
    />
  );
}
