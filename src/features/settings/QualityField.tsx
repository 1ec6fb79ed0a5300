import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { qualities, qualityOfSteps, stepsOfQuality, type Quality } from '../../../workers/api.ts';
import { SelectField } from '../../ui/Fields.tsx';
import { setSettings, settingsStore } from './settings.ts';

const names = Object.keys(qualities) as Quality[];

/** The number of steps in words. A number that is none of the qualities is shown as what it is. */
export function QualityField(): ReactElement {
  const steps = useStore(settingsStore, (state) => state.steps);
  const scheduler = useStore(settingsStore, (state) => state.scheduler);
  const own = { value: 'own', text: steps === 1 ? '1 step' : `${steps} steps` } as const;
  const quality = qualityOfSteps(steps, scheduler);
  const options = names.map((value) => ({ value, text: qualities[value] }));
  return (
    <SelectField
      label="Quality"
      hint="Better takes longer."
      value={quality ?? own.value}
      options={quality === null ? [...options, own] : options}
      onChange={(chosen) => {
        if (chosen !== own.value) setSettings({ steps: stepsOfQuality(chosen, scheduler) });
      }}
    />
  );
}
