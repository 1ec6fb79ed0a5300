import { useId, type ReactElement } from 'react';
import { usePromise } from '../../../ui/use-promise.ts';
import styles from './samples.module.css';
import textStyles from '../../../ui/text.module.css';
import { pinSample, unpin } from '../draft/pin-files.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { loadSamples, sampleUrl, sortSamples, type Sample } from '../pins/samples.ts';

/** The pictures that come with the site; those that fit the word first. */
export function SampleGrid({
  word,
  text,
  pinned,
}: {
  readonly word: number;
  readonly text: string;
  readonly pinned: readonly PinnedSubject[];
}): ReactElement | null {
  const id = useId();
  const samples = usePromise(loadSamples, 'samples');
  if (samples === null || samples.length === 0) return null;
  return (
    <section aria-labelledby={id} className={styles['samples']}>
      <h3 id={id} className={textStyles['heading']}>
        Samples
      </h3>
      <ul className={styles['list']}>
        {sortSamples(samples, text).map((sample) => (
          <li key={sample.file}>
            <SampleButton
              word={word}
              sample={sample}
              pinned={pinned.find((subject) => subject.kind === 'picture' && subject.sample === sample.file)}
            />
          </li>
        ))}
      </ul>
    </section>
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
