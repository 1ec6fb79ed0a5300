import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../ui/Button.tsx';
import { SelectField, SwitchField } from '../../ui/Fields.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { NumberInput } from '../../ui/NumberInput.tsx';
import { NegativePromptField } from './NegativePromptField.tsx';
import { limits, randomSeed, schedulers, setSettings, settingsStore, type Settings } from './settings.ts';
import styles from './settings.module.css';
import { EdgeFields, ShapeField, type ModelSizes } from './SizeFields.tsx';

function SeedField(): ReactElement {
  const seed = useStore(settingsStore, (state) => state.seed);
  const locked = useStore(settingsStore, (state) => state.seedLocked);
  return (
    <NumberInput label="Seed" value={seed} {...limits.seed} multipleOf={1} onChange={(value) => {
      setSettings({ seed: value });
    }}>
      <IconButton label="New seed" icon="dice" onClick={() => {
        setSettings({ seed: randomSeed() });
      }} />
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

const schedulerNames: readonly Settings['scheduler'][] = ['ddim', 'dpmsolver++2m-karras', 'euler', 'euler-ancestral', 'lcm'];
const schedulerOptions = schedulerNames.map((value) => ({ value, text: schedulers[value] }));

/** @param model null until a model is loaded: sizes are offered when it is known which ones it can make. */
export function SettingsPanel({ model }: { readonly model: ModelSizes | null }): ReactElement {
  const settings = useStore(settingsStore);
  return (
    <section aria-label="Settings" className={styles['settings']}>
      <div className={styles['grid']}>
        <NumberInput label="Steps" value={settings.steps} {...limits.steps} multipleOf={1} onChange={(steps) => {
          setSettings({ steps });
        }} />
        <NumberInput label="Guidance scale" value={settings.guidanceScale} {...limits.guidanceScale} step={0.5} onChange={(guidanceScale) => {
          setSettings({ guidanceScale });
        }} />
        <div className={styles['wide']}>
          <SeedField />
        </div>
        {model !== null && <ShapeField model={model} />}
        <NumberInput label="Pictures" value={settings.count} {...limits.count} multipleOf={1} onChange={(count) => {
          setSettings({ count });
        }} />
      </div>
      <details className={styles['advanced']}>
        <summary>
          <Icon name="chevron" size={16} />
          Advanced
        </summary>
        <Advanced settings={settings} model={model} />
      </details>
    </section>
  );
}

function Advanced({ settings, model }: { readonly settings: Settings; readonly model: ModelSizes | null }): ReactElement {
  return (
    <div className={styles['grid']}>
      <div className={styles['wide']}>
        <NegativePromptField />
      </div>
      <SelectField label="Scheduler" value={settings.scheduler} options={schedulerOptions} onChange={(scheduler) => {
        setSettings({ scheduler });
      }} />
      {settings.scheduler === 'ddim' && (
        <NumberInput label="Eta (fresh noise a step)" value={settings.eta} {...limits.eta} step={0.05} onChange={(eta) => {
          setSettings({ eta });
        }} />
      )}
      {model !== null && <EdgeFields model={model} />}
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
