import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { detailStrength } from '../../../../workers/api.ts';
import { SwitchField } from '../../../ui/Fields.tsx';
import { detailDownload } from '../../models/loading/model-abilities.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { settingsStore } from '../../settings/settings.ts';
import { composeStore, setDetail } from '../draft/compose-store.ts';
import { detailCost, referencesWith } from './detail-cost.ts';
import styles from './look.module.css';
import { activeCutOut, detailOf, type WordPin } from '../pins/pins.ts';
import { AreaFields } from './AreaFields.tsx';
import { useSpeaksByLook } from './LookControls.tsx';
import { PinStrength } from './PinStrength.tsx';

/** Whether the fine detail of a pin's pictures is copied, and how strongly. Nothing where the model cannot. */
export function DetailControls({ pin, text }: { readonly pin: WordPin; readonly text: string }): ReactElement | null {
  const readsByTiny = useStore(settingsStore, ({ autoencoder }) => autoencoder === 'tiny');
  const download = useStore(engineStore, (state) => detailDownload(state, { readsByTiny }));
  const alpha = useStore(settingsStore, (settings) => settings.alpha);
  const guidanceScale = useStore(settingsStore, (settings) => settings.guidanceScale);
  const hasPlace = useSpeaksByLook(pin);
  const references = useStore(composeStore, ({ pins }) => referencesWith(pin.word, pins));
  if (download === null || !pin.subjects.some(({ kind }) => kind === 'picture')) return null;
  const { on, strength } = detailOf(pin);
  const cost = detailCost({ alpha, guidanceScale }, references, download);
  const isWhole = pin.subjects.some((subject) => subject.kind === 'picture' && activeCutOut(subject) === null);
  return (
    <section className={styles['look']} aria-label={`Fine detail of “${text}”`}>
      <SwitchField
        label="Copy fine detail (slower)"
        hint={`Takes texture, print and logo from the picture itself. ${cost}`}
        checked={on}
        onChange={(checked) => {
          setDetail(pin.word, { on: checked });
        }}
      />
      {on && alpha === 0 && (
        <p className={styles['silent']}>At α = 0 the picture follows the text alone, so no detail is copied.</p>
      )}
      {on && isWhole && (
        <p className={styles['silent']}>Cut the subject out, so that nothing of its background is copied.</p>
      )}
      {on && (
        <>
          <PinStrength
            strength={strength}
            limits={detailStrength}
            meaning={meaning}
            onChange={(changed) => {
              setDetail(pin.word, { strength: changed });
            }}
          />
          {!hasPlace && <AreaFields pin={pin} text={text} />}
        </>
      )}
    </section>
  );
}

function meaning(strength: number): string {
  if (strength === 0) return 'without the detail';
  if (strength < 1) return 'beside what the words draw';
  return strength === 1 ? 'as published' : 'stronger than published';
}
