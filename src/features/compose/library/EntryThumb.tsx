import type { ReactElement } from 'react';
import { engine } from '../../../engine-client/engine.ts';
import { Icon } from '../../../ui/Icon.tsx';
import { usePromise } from '../../../ui/use-promise.ts';
import styles from '../crop/crop.module.css';
import { regionStyle } from '../crop/crop-geometry.ts';
import { activeCutOut } from '../pins/pins.ts';
import { PictureLayers } from '../crop/SubjectThumb.tsx';
import type { LibraryEntry } from './library-record.ts';
import { smallSubject, urlOf } from './small-subject.ts';

/** What is seen of a subject of the library, filling a square box. Decorative: its name is said beside it. */
export function EntryThumb({ entry }: { readonly entry: LibraryEntry }): ReactElement {
  const { subject } = entry;
  const small = usePromise(() => smallSubject(engine, entry), JSON.stringify(subject));
  if (subject.kind === 'embedding')
    return (
      <span className={styles['thumb']} data-thumb data-kind="embedding" data-hue={0}>
        <Icon name="embedding" />
      </span>
    );
  const cutOut = activeCutOut(subject);
  return (
    <span className={styles['thumb']} data-thumb data-backdrop={cutOut?.backdrop}>
      {small !== null && (
        <PictureLayers
          url={urlOf(small.image)}
          mask={small.mask === null ? null : urlOf(small.mask)}
          backdrop={cutOut?.backdrop ?? null}
          place={regionStyle(small)}
        />
      )}
    </span>
  );
}
