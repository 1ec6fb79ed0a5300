import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { lookRoles, lookStrength, type LookRole } from '../../../../workers/api.ts';
import { SwitchField } from '../../../ui/Fields.tsx';
import controls from '../../../ui/controls.module.css';
import { engineStore } from '../../models/loading/engine-store.ts';
import { givesLook } from '../../models/loading/model-abilities.ts';
import { settingsStore } from '../../settings/settings.ts';
import { AreaFields } from './AreaFields.tsx';
import { setLook } from '../draft/compose-store.ts';
import styles from './look.module.css';
import { lookOf, type WordPin } from '../pins/pins.ts';
import { PinStrength } from './PinStrength.tsx';

/** Whether a pin speaks by the look of its pictures. */
export function useSpeaksByLook(pin: WordPin): boolean {
  const isThere = useStore(engineStore, givesLook);
  const voices = useStore(settingsStore, ({ pinVoices }) => pinVoices);
  return isThere && voices !== 'word' && lookOf(pin).on && pin.subjects.every(({ kind }) => kind === 'picture');
}

/** How the pictures of a pin speak by their look, and where in the new picture. Nothing where the model gives no look. */
export function LookControls({ pin, text }: { readonly pin: WordPin; readonly text: string }): ReactElement | null {
  const isThere = useStore(engineStore, givesLook);
  const isSilent = useStore(settingsStore, ({ pinVoices }) => pinVoices === 'word');
  if (!isThere || pin.subjects.some(({ kind }) => kind !== 'picture')) return null;
  if (isSilent)
    return (
      <p className={styles['silent']}>
        Its look is off: under “Advanced”, pinned pictures are set to speak as a word alone.
      </p>
    );
  const { on } = lookOf(pin);
  return (
    <section className={styles['look']} aria-label={`Look of “${text}”`}>
      <SwitchField
        label="Look"
        hint="Takes colours, parts and proportions from the picture."
        checked={on}
        onChange={(checked) => {
          setLook(pin.word, { on: checked });
        }}
      />
      {on && (
        <>
          <PinStrength
            strength={lookOf(pin).strength}
            limits={lookStrength}
            meaning={meaning}
            onChange={(strength) => {
              setLook(pin.word, { strength });
            }}
          />
          <Role pin={pin} />
          <AreaFields pin={pin} text={text} />
        </>
      )}
    </section>
  );
}

function meaning(strength: number): string {
  if (strength === 0) return 'without the look';
  if (strength < 0.5) return 'a trace of it';
  if (strength < 1) return 'balanced with the text';
  return strength === 1 ? 'as the adapter was trained' : 'stronger than the adapter was trained';
}

const roles = Object.entries(lookRoles) as readonly (readonly [LookRole, string])[];

function Role({ pin }: { readonly pin: WordPin }): ReactElement {
  const name = useId();
  const { role } = lookOf(pin);
  return (
    <fieldset className={styles['role']}>
      <legend className={controls['label']}>Take over</legend>
      <div className={styles['choices']}>
        {roles.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={role === value}
              onChange={() => {
                setLook(pin.word, { role: value });
              }}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
