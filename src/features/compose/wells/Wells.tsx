import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import controls from '../../../ui/controls.module.css';
import { usePromise } from '../../../ui/use-promise.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { settingsStore } from '../../settings/settings.ts';
import { composeStore } from '../draft/compose-store.ts';
import textStyles from '../../../ui/text.module.css';
import { takeOfSample } from '../draft/pin-files.ts';
import { loadSamples, sampleUrl } from '../pins/samples.ts';
import { loadVocabulary } from '../caption/vocabulary.ts';
import { Well } from './Well.tsx';
import styles from './wells.module.css';
import { bookPlaces, bookTimes } from './picture-words.ts';
import { fillWell, isOpen, nameSubject, pinsInWells, sayInWell, shownInWells, wellsStore } from './wells-store.ts';
import { bookHints, offeredWells, subjectWords, wells, type WellName } from './wells.ts';

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
  const shown = shownInWells(state, composition.caption);
  const isBook = engine.choice.source.kind === 'embedded';
  const isEmpty = pins.size === 0 && offered.every((well) => shown[well] === undefined);
  const { where, how } = shown;
  return (
    <section aria-labelledby={id} className={styles['wells']}>
      <h2 id={id} className={textStyles['heading']}>
        {isEmpty ? 'Or start from pictures' : 'Started from pictures'}
      </h2>
      <div className={styles['row']}>
        {offered.map((well) => (
          <Well
            key={well}
            well={well}
            hint={(isBook ? bookHints[well] : undefined) ?? wells[well].hint}
            subjects={pins.get(well)?.subjects ?? shown[well]?.subjects ?? []}
            hue={pins.get(well)?.hue}
            isReading={state.reading === well}
            problems={state.problems[well] ?? []}
          />
        ))}
      </div>
      <div className={styles['said']}>
        {pins.has('what') && <NounField noun={state.noun} />}
        {where !== undefined && (
          <WordsField well="where" label="Where is it?" words={where.words} offers={Object.values(bookPlaces)} />
        )}
        {how !== undefined && <WordsField well="how" label="When is it?" words={how.words} offers={bookTimes} />}
      </div>
      {!pins.has('what') && <Samples />}
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
    <>
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
    </>
  );
}

/** What the model sees in a picture, in its own words: nearest is not always right. */
function WordsField({
  well,
  label,
  words,
  offers,
}: {
  readonly well: WellName;
  readonly label: string;
  /** Empty where nothing needs to be said. */
  readonly words: string;
  readonly offers: readonly string[];
}): ReactElement {
  const id = useId();
  return (
    <>
      <label className={controls['label']} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className={`${controls['input'] ?? ''} ${controls['select'] ?? ''}`}
        value={words}
        onChange={(event) => {
          sayInWell(well, event.target.value);
        }}
      >
        {well === 'where' && <option value="">not said</option>}
        {offers.map((offer) => (
          <option key={offer} value={offer}>
            {offer === '' ? 'by day' : offer}
          </option>
        ))}
      </select>
    </>
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
