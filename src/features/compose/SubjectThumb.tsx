import type { ReactElement } from 'react';
import { usePromise } from '../../ui/use-promise.ts';
import styles from './compose.module.css';
import { regionStyle } from './crop-geometry.ts';
import type { PinnedPicture } from './pins.ts';
import { subjectUrl } from './subject-library.ts';

/** The region of a pinned picture, filling a square box. Decorative: the name is said beside it. */
export function SubjectThumb({ subject }: { readonly subject: PinnedPicture }): ReactElement {
  const url = usePromise(() => subjectUrl(subject.id), subject.id);
  return <span className={styles['thumb']}>{url !== null && <img src={url} alt="" style={regionStyle(subject)} draggable={false} decoding="async" />}</span>;
}
