import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../ui/Button.tsx';
import { SelectField, SwitchField } from '../../ui/Fields.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { NegativePromptField } from './NegativePromptField.tsx';
import { limits, randomSeed, schedulers, setSettings, settingsStore, type Settings } from './settings.ts';
import styles from './settings.module.css';
import { EdgeFields, ShapeField, UnknownShape, type ModelSizes } from './SizeFields.tsx';

function SeedField(): ReactElement {
  const seed = useStore(settingsStore, (state) => state.seed);
  const locked = useStore(settingsStore, (state) => state.seedLocked);
  return (
    <NumberInput
      label="Seed"
      value={seed}
      {...limits.seed}
      multipleOf={1}
      onChange={(value) => {
        setSettings({ seed: value });
      }}
    >
      <IconButton
        label="New seed"
        icon="dice"
        onClick={() => {
          setSettings({ seed: randomSeed() });
        }}
      />
      <IconButton
        label={locked ? 'Keep this seed for every run' : 'A new seed after each run'}
        aria-label="Keep the seed"
        aria-pressed={locked}
        icon={locked ? 'lock' : 'unlock'}
        onClick={() => {
          setSettings({ seedLocked: !locked });
        }}
      />
    </NumberInput>
  );
}

const schedulerNames: readonly Settings['scheduler'][] = [
  'ddim',
  'dpmsolver++2m-karras',
  'euler',
  'euler-ancestral',
  'lcm',
];
const schedulerOptions = schedulerNames.map((value) => ({ value, text: schedulers[value] }));

/** The fields of sizes keep their place while another model loads, or one fails. */
function useLastKnown(model: ModelSizes | null): ModelSizes | null {
  const [known, setKnown] = useState(model);
  if (model !== null && model !== known) setKnown(model);
  return model ?? known;
}

/** @param model null while no model is loaded: sizes can be chosen when it is known which ones it makes. */
export function SettingsPanel({ model }: { readonly model: ModelSizes | null }): ReactElement {
  const settings = useStore(settingsStore);
  const sizes = useLastKnown(model);
  return (
    <section aria-label="Settings" className={styles['settings']}>
      <div className={styles['grid']}>
        <NumberInput
          label="Steps"
          value={settings.steps}
          {...limits.steps}
          multipleOf={1}
          onChange={(steps) => {
            setSettings({ steps });
          }}
        />
        <NumberInput
          label="Guidance scale"
          value={settings.guidanceScale}
          {...limits.guidanceScale}
          step={0.5}
          hint="Higher is more literal."
          onChange={(guidanceScale) => {
            setSettings({ guidanceScale });
          }}
        />
        <div className={styles['wide']}>
          <SeedField />
        </div>
        {sizes === null ? <UnknownShape /> : <ShapeField model={sizes} disabled={model === null} />}
        <NumberInput
          label="Pictures"
          value={settings.count}
          {...limits.count}
          multipleOf={1}
          onChange={(count) => {
            setSettings({ count });
          }}
        />
      </div>
      <details className={styles['advanced']}>
        <summary>
          <Icon name="chevron" size={16} />
          Advanced
        </summary>
        <Advanced settings={settings} sizes={sizes} areSizesKnown={model !== null} />
      </details>
    </section>
  );
}

function Advanced({
  settings,
  sizes,
  areSizesKnown,
}: {
  readonly settings: Settings;
  readonly sizes: ModelSizes | null;
  readonly areSizesKnown: boolean;
}): ReactElement {
  return (
    <div className={styles['grid']}>
      <div className={styles['wide']}>
        <NegativePromptField />
      </div>
      <SelectField
        label="Scheduler"
        value={settings.scheduler}
        options={schedulerOptions}
        hint="How each step refines the picture."
        onChange={(scheduler) => {
          setSettings({ scheduler });
        }}
      />
      {settings.scheduler === 'ddim' && (
        <NumberInput
          label="Eta"
          value={settings.eta}
          {...limits.eta}
          step={0.05}
          hint="How much fresh noise each step adds."
          onChange={(eta) => {
            setSettings({ eta });
          }}
        />
      )}
      {sizes !== null && <EdgeFields model={sizes} disabled={!areSizesKnown} />}
      <div className={styles['wide']}>
        <SwitchField
          label="Let the subject reach every word"
          hint="Off: only the pinned words see the picture, as in the paper. On: all words after them do."
          checked={settings.subjectPositions === 'all'}
          onChange={(all) => {
            setSettings({ subjectPositions: all ? 'all' : 'pinned' });
          }}
        />
      </div>
      <div className={styles['wide']}>
        <SwitchField
          label="Check results"
          hint="With checkpoints that bring a safety checker: a picture that it flags is hidden behind a click."
          checked={settings.checkResult}
          onChange={(checkResult) => {
            setSettings({ checkResult });
          }}
        />
      </div>
    </div>
  );
}
