import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { SelectField } from '../../ui/Fields.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { fitSize, limits, setSettings, settingsStore } from './settings.ts';
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
    <SelectField
      label="Size"
      value=""
      options={[{ value: '', text: 'As the model makes' }]}
      disabled
      onChange={() => undefined}
    />
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
      label="Size"
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

export function EdgeFields({ model, disabled }: SizeFieldProps): ReactElement {
  const { width, height } = useSize(model);
  const min = fitSize(limits.size.min, model);
  const max = fitSize(limits.size.max, model);
  const hint = `A multiple of ${model.sizeMultiple}.`;
  return (
    <>
      <NumberInput
        label="Width"
        value={width}
        min={min}
        max={max}
        step={model.sizeMultiple}
        multipleOf={model.sizeMultiple}
        hint={hint}
        disabled={disabled}
        onChange={(value) => {
          setSettings({ width: value, height });
        }}
      />
      <NumberInput
        label="Height"
        value={height}
        min={min}
        max={max}
        step={model.sizeMultiple}
        multipleOf={model.sizeMultiple}
        hint={hint}
        disabled={disabled}
        onChange={(value) => {
          setSettings({ width, height: value });
        }}
      />
    </>
  );
}

function useSize(model: ModelSizes): { readonly width: number; readonly height: number } {
  const width = useStore(settingsStore, (state) => fitSize(state.width, model));
  const height = useStore(settingsStore, (state) => fitSize(state.height, model));
  return { width, height };
}
