import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { isUsed, settingKeys, settingTable } from '../../../workers/api.ts';
import { IconButton } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { bindsToWord, givesLook, hasTiny } from '../models/loading/model-abilities.ts';
import { engineStore } from '../models/loading/engine-store.ts';
import { advancedStore } from './advanced-store.ts';
import { CarryField } from './CarryField.tsx';
import { FastField } from './FastField.tsx';
import { NegativePromptField } from './NegativePromptField.tsx';
import { QualityField } from './QualityField.tsx';
import { SettingField } from './SettingField.tsx';
import { randomSeed, setSettings, settingsStore } from './settings.ts';
import styles from './settings.module.css';
import { EdgeFields, ShapeField, UnknownShape, type ModelSizes } from './SizeFields.tsx';

/** The fields of sizes keep their place while another model loads, or one fails. */
function useLastKnown(model: ModelSizes | null): ModelSizes | null {
  const [known, setKnown] = useState(model);
  if (model !== null && model !== known) setKnown(model);
  return model ?? known;
}

/**
 * Quality, shape and number are enough for most; the rest waits behind “Advanced”.
 * @param model null while no model is loaded: sizes can be chosen when it is known which ones it makes.
 */
export function SettingsPanel({ model }: { readonly model: ModelSizes | null }): ReactElement {
  const isOpen = useStore(advancedStore, (state) => state.isOpen);
  const sizes = useLastKnown(model);
  return (
    <section aria-label="Settings" className={styles['settings']}>
      <div className={styles['grid']}>
        <QualityField />
        {sizes === null ? <UnknownShape /> : <ShapeField model={sizes} disabled={model === null} />}
        <SettingField name="count" />
        <FastField />
      </div>
      <details
        className={styles['advanced']}
        open={isOpen}
        onToggle={(event) => {
          advancedStore.setState({ isOpen: event.currentTarget.open });
        }}
      >
        <summary>
          <Icon name="chevron" size={16} />
          Advanced
        </summary>
        <Advanced sizes={sizes} areSizesKnown={model !== null} />
      </details>
    </section>
  );
}

/** These stand elsewhere, or need more than their row in the table. All others are shown as their row says. */
const placedByHand: readonly string[] = [
  'alpha',
  'count',
  'seed',
  'seedLocked',
  'negativePrompt',
  'strength',
  'width',
  'height',
] satisfies readonly (keyof typeof settingTable)[];
const plainSettings = settingKeys.filter((key) => !placedByHand.includes(key));

/** Longest choice that half of the panel's width has room for, in characters. */
const longestNarrow = 20;

function hasLongChoices(key: keyof typeof settingTable): boolean {
  const row = settingTable[key];
  return row.kind === 'choice' && Object.values(row.choices).some(({ length }) => length > longestNarrow);
}

function Advanced({
  sizes,
  areSizesKnown,
}: {
  readonly sizes: ModelSizes | null;
  readonly areSizesKnown: boolean;
}): ReactElement {
  const settings = useStore(settingsStore);
  const look = useStore(engineStore, givesLook);
  const bound = useStore(engineStore, bindsToWord);
  const tiny = useStore(engineStore, hasTiny);
  // Whether something is pinned is not asked: such a setting can be chosen before.
  const has = { pins: true, look, bound, start: false, tiny };
  const shown = plainSettings.filter((key) => isUsed(settingTable[key], settings, has));
  const isWide = (key: (typeof shown)[number]): boolean =>
    'usedWith' in settingTable[key] || isSwitch(key) || hasLongChoices(key);
  return (
    <div className={styles['grid']}>
      <div className={styles['wide']}>
        <NegativePromptField />
      </div>
      <div className={styles['wide']}>
        <SeedField />
      </div>
      {sizes !== null && <EdgeFields model={sizes} disabled={!areSizesKnown} />}
      {shown.map((key) => (
        <div key={key} className={isWide(key) ? styles['wide'] : undefined}>
          <SettingField name={key} />
        </div>
      ))}
      <div className={styles['wide']}>
        <CarryField />
      </div>
    </div>
  );
}

function isSwitch(key: keyof typeof settingTable): boolean {
  return settingTable[key].kind === 'switch';
}

function SeedField(): ReactElement {
  const isLocked = useStore(settingsStore, (state) => state.seedLocked);
  const { label, help } = settingTable.seedLocked;
  return (
    <SettingField name="seed">
      <IconButton
        label="New seed"
        icon="dice"
        onClick={() => {
          setSettings({ seed: randomSeed() });
        }}
      />
      <IconButton
        label={help}
        aria-label={label}
        aria-pressed={isLocked}
        icon={isLocked ? 'lock' : 'unlock'}
        onClick={() => {
          setSettings({ seedLocked: !isLocked });
        }}
      />
    </SettingField>
  );
}
