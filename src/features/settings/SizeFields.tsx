import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { SelectField } from '../../ui/Fields.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { settingTable } from '../../../workers/api.ts';
import { fitSize, setSettings, settingsStore } from './settings.ts';
import { shapesOf } from './sizes.ts';

/** What the loaded model says about sizes. */
export interface ModelSizes {
  readonly nativeSize: number;
  readonly sizeMultiple: number;
}

/** Sizes to choose from: those of the loaded model, or those that were last known, which cannot be changed. */
interface SizeFieldProps {
  readonly model: ModelSizes;
  readonly disabled: boolean;
}

/** Keeps the place of the sizes until the first model says which ones it makes. */
export function UnknownShape(): ReactElement {
  return (
    <SelectField label="Shape" value="" options={[{ value: '', text: 'Square' }]} disabled onChange={() => undefined} />
  );
}

export function ShapeField({ model, disabled }: SizeFieldProps): ReactElement {
  const size = useSize(model);
  const shapes = shapesOf(model);
  const current = shapes.find(({ width, height }) => width === size.width && height === size.height);
  const options = shapes.map(({ name, width, height }) => ({ value: name, text: `${name} ${width} × ${height}` }));
  const own = { value: 'Own', text: `${size.width} × ${size.height}` };
  return (
    <SelectField
      label="Shape"
      value={current?.name ?? own.value}
      options={current === undefined ? [...options, own] : options}
      disabled={disabled}
      onChange={(name) => {
        const shape = shapes.find((candidate) => candidate.name === name);
        if (shape !== undefined) setSettings({ width: shape.width, height: shape.height });
      }}
    />
  );
}

const edges = ['width', 'height'] as const;

export function EdgeFields({ model, disabled }: SizeFieldProps): ReactElement {
  const size = useSize(model);
  return (
    <>
      {edges.map((edge) => (
        <NumberInput
          key={edge}
          label={settingTable[edge].label}
          value={size[edge]}
          min={fitSize(settingTable[edge].min, model)}
          max={fitSize(settingTable[edge].max, model)}
          step={model.sizeMultiple}
          multipleOf={model.sizeMultiple}
          hint={`Pixels, a multiple of ${model.sizeMultiple}.`}
          disabled={disabled}
          onChange={(value) => {
            setSettings({ ...size, [edge]: value });
          }}
        />
      ))}
    </>
  );
}

function useSize(model: ModelSizes): { readonly width: number; readonly height: number } {
  const width = useStore(settingsStore, (state) => fitSize(state.width, model));
  const height = useStore(settingsStore, (state) => fitSize(state.height, model));
  return { width, height };
}
