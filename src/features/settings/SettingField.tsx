import type { ReactElement, ReactNode } from 'react';
import { useStore } from 'zustand';
import { settingTable, type SettingKey, type Settings } from '../../../workers/api.ts';
import { SelectField, SwitchField, TextField } from '../../ui/Fields.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { setSettings, settingsStore } from './settings.ts';

/** The form's field of one setting, as its row in the table says. @param children buttons that belong to a number's field */
export function SettingField({
  name,
  hint = settingTable[name].help,
  children,
}: {
  readonly name: SettingKey;
  readonly hint?: string;
  readonly children?: ReactNode;
}): ReactElement {
  const row = settingTable[name];
  const value = useStore(settingsStore, (state) => state[name]);
  const set = (changed: Settings[SettingKey]): void => {
    setSettings({ [name]: changed });
  };
  switch (row.kind) {
    case 'number':
      return (
        <NumberInput
          label={row.label}
          hint={hint}
          value={Number(value)}
          min={row.min}
          max={row.max}
          step={row.step}
          {...(row.isWhole ? { multipleOf: 1 } : {})}
          onChange={set}
        >
          {children}
        </NumberInput>
      );
    case 'choice':
      return (
        <SelectField
          label={row.label}
          hint={hint}
          value={String(value)}
          options={Object.entries(row.choices).map(([choice, text]) => ({ value: choice, text }))}
          onChange={(choice) => {
            setSettings({ [name]: choice });
          }}
        />
      );
    case 'switch':
      return <SwitchField label={row.label} hint={hint} checked={value === true} onChange={set} />;
    case 'text':
      return <TextField label={row.label} hint={hint} rows={2} value={String(value)} onChange={set} />;
  }
}
