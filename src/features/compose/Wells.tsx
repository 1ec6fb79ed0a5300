import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import controls from '../../ui/controls.module.css';
import { usePromise } from '../../ui/use-promise.ts';
import { engineStore } from '../models/engine-store.ts';
import { settingsStore } from '../settings/settings.ts';
import { composeStore } from './compose-store.ts';
import compose from './compose.module.css';
import { takeOfSample } from './pin-files.ts';
import { loadSamples, sampleUrl } from './samples.ts';
import { loadVocabulary } from './vocabulary.ts';
import { Well } from './Well.tsx';
import styles from './wells.module.css';
import { fillWell, isOpen, nameSubject, pinsInWells, wellsStore } from './wells-store.ts';
import { offeredWells, subjectWords } from './wells.ts';

/** What · where · how: for those who start from pictures. They are gone once a caption is typed. */
export function Wells(): ReactElement | null {
  const id = useId();
  const composition = useStore(composeStore);
  const state = useStore(wellsStore);
  const engine = useStore(engineStore);
  const voices = useStore(settingsStore, ({ pinVoices }) => pinVoices);
  const offered = offeredWells(engine, voices);
  if (offered.length === 0 || !isOpen(state, composition.caption)) return null;
  const pins = pinsInWells(state, composition);
  return (
    <section aria-labelledby={id} className={styles['wells']}>
      <h2 id={id} className={compose['heading']}>
        {pins.size === 0 ? 'Or start from pictures' : 'Started from pictures'}
      </h2>
      <div className={styles['row']}>
        {offered.map((well) => (
          <Well
            key={well}
            well={well}
            pin={pins.get(well)}
            isReading={state.reading === well}
            problems={state.problems[well] ?? []}
          />
        ))}
      </div>
      {pins.has('what') ? <NounField noun={state.noun} /> : <Samples />}
    </section>
  );
}

/** What the subject is called: the text knows it by this word. */
function NounField({ noun }: { readonly noun: string }): ReactElement {
  const id = useId();
  const vocabulary = usePromise(loadVocabulary, 'vocabulary');
  const isBook = useStore(engineStore, ({ choice }) => choice.source.kind === 'embedded');
  const known = isBook ? subjectWords(vocabulary) : [];
  return (
    <div className={styles['noun']}>
      <label className={controls['label']} htmlFor={id}>
        What is it?
      </label>
      <input
        id={id}
        className={controls['input']}
        list={known.length > 0 ? `${id}-known` : undefined}
        placeholder={isBook ? 'dog, house, boat…' : 'dog, mug, chair…'}
        autoComplete="off"
        maxLength={60}
        value={noun}
        onChange={(event) => {
          nameSubject(event.target.value);
        }}
      />
      {known.length > 0 && (
        <datalist id={`${id}-known`}>
          {known.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
    </div>
  );
}

/** For those who have no picture at hand. */
function Samples(): ReactElement | null {
  const samples = usePromise(loadSamples, 'samples');
  if (samples === null || samples.length === 0) return null;
  return (
    <ul className={styles['samples']} aria-label="Samples of a subject">
      {samples.map((sample) => (
        <li key={sample.file}>
          <button
            type="button"
            title={sample.title}
            aria-label={`Start with the sample ${sample.title}`}
            onClick={() => void fillWell('what', [takeOfSample(sample)])}
          >
            <img src={sampleUrl(sample.file)} alt="" loading="lazy" decoding="async" />
          </button>
        </li>
      ))}
    </ul>
  );
}
