import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { SelectField, SwitchField } from '../../../ui/Fields.tsx';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { ensureModel } from '../loading/load-model.ts';
import type { PlanChoice } from '../choice/model-choice.ts';
import styles from './dialog.module.css';
import sectionStyles from '../../../ui/section.module.css';

const auto = { value: 'auto', text: 'Chosen for this computer' } as const;

const kept = [
  {
    key: 'keepEncoders',
    label: 'Readers',
    text: 'Kept between pictures',
    hint: 'The parts of the model that read the caption and the pinned pictures.',
  },
  {
    key: 'keepBuffers',
    label: 'Work space',
    text: 'Kept between steps',
    hint: 'Memory that a step leaves for the next.',
  },
] as const;

/** What the model runs on, and overrides of the memory plan; each begins as the engine's own choice. */
export function MemorySection(): ReactElement {
  const { provider, plan, keep } = useStore(engineStore, (state) => state.choice);
  /** @param value undefined leaves it to the engine */
  const change = <L extends keyof PlanChoice>(level: L, value: PlanChoice[L]): void => {
    const isAsked = engineStore.getState().model.kind === 'asking';
    const others = Object.fromEntries(Object.entries(plan).filter(([key]) => key !== level)) as PlanChoice;
    chooseModel(engine, { plan: value === undefined ? others : { ...others, [level]: value } });
    // Who weighs the cost wants to know the new one.
    if (isAsked) void ensureModel(engine);
  };
  return (
    <div className={sectionStyles['section']}>
      <SelectField
        label="Run on"
        value={provider}
        options={[
          { value: 'auto', text: 'The graphics processor, where there is one' },
          { value: 'webgpu', text: 'The graphics processor (WebGPU)' },
          { value: 'wasm', text: 'The processor (slow, small models only)' },
        ]}
        onChange={(chosen) => {
          chooseModel(engine, { provider: chosen });
          void ensureModel(engine);
        }}
      />
      <div className={styles['pair']}>
        <SelectField
          label="Precision"
          hint="How exactly the model computes."
          value={plan.precision ?? auto.value}
          options={[auto, { value: 'f16', text: '16-bit' }, { value: 'f32', text: '32-bit, twice the memory' }]}
          onChange={(value) => {
            change('precision', value === 'auto' ? undefined : value);
          }}
        />
        <SelectField
          label="Each step"
          hint="A step asks the model up to three times: with the subject, with the caption, with neither."
          value={plan.branches ?? auto.value}
          options={[
            auto,
            { value: 'together', text: 'All at once' },
            { value: 'one-by-one', text: 'In parts, less memory' },
          ]}
          onChange={(value) => {
            change('branches', value === 'auto' ? undefined : value);
          }}
        />
        <SelectField
          label="Finishing the picture"
          hint="The last part of the model makes the pixels."
          value={plan.vaeTile === undefined ? auto.value : plan.vaeTile === 0 ? 'whole' : 'tiles'}
          options={[auto, { value: 'whole', text: 'In one piece' }, { value: 'tiles', text: 'In tiles, less memory' }]}
          onChange={(value) => {
            change('vaeTile', value === 'auto' ? undefined : value === 'whole' ? 0 : tileEdge);
          }}
        />
        {kept.map(({ key, label, text, hint }) => (
          <SelectField
            key={key}
            label={label}
            hint={hint}
            value={plan[key] === undefined ? auto.value : plan[key] ? 'kept' : 'released'}
            options={[auto, { value: 'kept', text }, { value: 'released', text: 'Released after use, less memory' }]}
            onChange={(value) => {
              change(key, value === 'auto' ? undefined : value === 'kept');
            }}
          />
        ))}
      </div>
      <SwitchField
        label="Keep downloads in this browser"
        hint="Off: a model is held in memory and downloaded again at the next visit."
        checked={keep}
        onChange={(checked) => {
          chooseModel(engine, { keep: checked });
        }}
      />
    </div>
  );
}

/** Latent pixels; 256 pixels of the picture for Stable Diffusion. */
const tileEdge = 32;
