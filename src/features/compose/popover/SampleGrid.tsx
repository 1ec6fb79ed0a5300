import type { ReactElement } from 'react';
import { usePromise } from '../../../ui/use-promise.ts';
import styles from './samples.module.css';
import { pinSample, unpin } from '../draft/pin-files.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { SubjectList, type WordSubjects } from './SubjectList.tsx';
import { loadSamples, sampleUrl, sortSamples, type Sample } from '../pins/samples.ts';

/** The pictures that come with the site; those that fit the word first. */
export function SampleGrid({ word, text, pinned }: WordSubjects): ReactElement | null {
  const samples = usePromise(loadSamples, 'samples');
  if (samples === null || samples.length === 0) return null;
  return (
    <SubjectList title="Samples">
      {sortSamples(samples, text).map((sample) => (
        <li key={sample.file}>
          <SampleButton
            word={word}
            sample={sample}
            pinned={pinned.find((subject) => subject.kind === 'picture' && subject.sample === sample.file)}
          />
        </li>
      ))}
    </SubjectList>
  );
}

/** Pins the sample, or takes it away where it is pinned. */
function SampleButton({
  word,
  sample,
  pinned,
}: {
  readonly word: number;
  readonly sample: Sample;
  readonly pinned: PinnedSubject | undefined;
}): ReactElement {
  return (
    <button
      type="button"
      className={styles['sample']}
      title={sample.title}
      aria-label={`Pin the sample ${sample.title}`}
      aria-pressed={pinned !== undefined}
      onClick={() => {
        if (pinned === undefined) void pinSample(word, sample);
        else unpin(word, pinned.id);
      }}
    >
      <img src={sampleUrl(sample.file)} alt="" loading="lazy" decoding="async" />
    </button>
  );
}
