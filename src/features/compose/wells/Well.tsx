import { useId, useRef, type ReactElement } from 'react';
import { acceptedEndings } from '../../../../workers/api.ts';
import { IconButton } from '../../../ui/Button.tsx';
import { Icon } from '../../../ui/Icon.tsx';
import { ProblemList } from '../../../ui/ProblemList.tsx';
import { useFileDrop } from '../../../ui/use-file-drop.ts';
import textStyles from '../../../ui/text.module.css';
import controls from '../../../ui/controls.module.css';
import { takeOf } from '../draft/pin-files.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { SubjectThumb } from '../crop/SubjectThumb.tsx';
import styles from './wells.module.css';
import { emptyWell, fillWell } from './wells-store.ts';
import { wells, type WellName } from './wells.ts';

/** Takes pictures that are dropped or chosen: a real file input lies over it, for the keyboard and for scripts. */
export function Well({
  well,
  hint,
  subjects,
  hue,
  isReading,
  problems,
}: {
  readonly well: WellName;
  /** What is wanted, or what its picture is said by. */
  readonly hint: string;
  /** Empty while nothing is in it. */
  readonly subjects: readonly PinnedSubject[];
  /** Of the pin; undefined where nothing is pinned. */
  readonly hue: number | undefined;
  readonly isReading: boolean;
  readonly problems: readonly string[];
}): ReactElement {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { title } = wells[well];
  const isFilled = subjects.length > 0;
  const take = (files: readonly File[]): void => {
    if (files.length > 0) void fillWell(well, files.map(takeOf));
  };
  const { getRootProps, isDragActive } = useFileDrop(take);
  return (
    <div
      {...getRootProps({ role: 'group', tabIndex: -1 })}
      aria-label={title}
      className={styles['well']}
      data-hue={hue}
      data-filled={isFilled}
      data-active={isDragActive}
    >
      <label htmlFor={id} className={styles['choose']}>
        {!isFilled ? (
          <Icon name="picture" size={20} />
        ) : (
          <span className={styles['thumbs']}>
            {subjects.map((subject) => (
              <SubjectThumb key={subject.id} subject={subject} />
            ))}
          </span>
        )}
        <span className={styles['title']}>{title}</span>
        <span className={textStyles['note']}>{isReading ? 'Reading…' : hint}</span>
        <input
          ref={input}
          id={id}
          type="file"
          multiple
          accept={`image/*,${acceptedEndings('embedding')}`}
          aria-label={labelOf(title, hint, subjects)}
          onChange={(event) => {
            take([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </label>
      {isFilled && (
        <IconButton
          className={styles['remove']}
          label={`Take the picture out of “${title}”`}
          icon="close"
          onClick={() => {
            input.current?.focus();
            emptyWell(well);
          }}
        />
      )}
      <ProblemList problems={problems} className={controls['problem']} />
    </div>
  );
}

function labelOf(title: string, hint: string, subjects: readonly PinnedSubject[]): string {
  if (subjects.length === 0) return `${title}: a picture of ${hint}`;
  return `${title}: another picture in place of ${subjects.map(({ name }) => name).join(', ')}`;
}
