import type { ReactElement } from 'react';
import { Icon } from '../../ui/Icon.tsx';
import { usePromise } from '../../ui/use-promise.ts';
import styles from './compose.module.css';
import { regionStyle } from './crop-geometry.ts';
import type { PinnedPicture, PinnedSubject } from './pins.ts';
import { subjectUrl } from './subject-library.ts';

/** What is pinned, filling a square box: the region of a picture, or a sign for an embedding. Decorative: the name is said beside it. */
export function SubjectThumb({ subject }: { readonly subject: PinnedSubject }): ReactElement {
  if (subject.kind === 'picture') return <PictureThumb subject={subject} />;
  return (
    <span className={styles['thumb']} data-kind="embedding">
      <Icon name="embedding" />
    </span>
  );
}

function PictureThumb({ subject }: { readonly subject: PinnedPicture }): ReactElement {
  const url = usePromise(() => subjectUrl(subject.id), subject.id);
  return (
    <span className={styles['thumb']}>
      {url !== null && <img src={url} alt="" style={regionStyle(subject)} draggable={false} decoding="async" />}
    </span>
  );
}
