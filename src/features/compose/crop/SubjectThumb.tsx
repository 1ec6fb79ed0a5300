import type { CSSProperties, ReactElement } from 'react';
import type { Backdrop } from '../../../../workers/api.ts';
import { Icon } from '../../../ui/Icon.tsx';
import { usePromise } from '../../../ui/use-promise.ts';
import styles from './crop.module.css';
import { maskStyle, regionStyle } from './crop-geometry.ts';
import { activeCutOut, seenRegion, type PinnedPicture, type PinnedSubject } from '../pins/pins.ts';
import { subjectUrl } from '../pins/subject-library.ts';

/** What is pinned, filling a square box: the region of a picture, or a sign for an embedding. Decorative: the name is said beside it. */
export function SubjectThumb({ subject }: { readonly subject: PinnedSubject }): ReactElement {
  if (subject.kind === 'embedding')
    return (
      <span className={styles['thumb']} data-thumb data-kind="embedding">
        <Icon name="embedding" />
      </span>
    );
  return (
    <span className={styles['thumb']} data-thumb data-backdrop={activeCutOut(subject)?.backdrop}>
      <SubjectLayers subject={subject} place={regionStyle({ ...subject, region: seenRegion(subject) })} />
    </span>
  );
}

/** A picture as it is seen: whole, or cut out before its backdrop, which the box with data-backdrop shows. */
export function SubjectLayers({
  subject,
  place,
}: {
  readonly subject: PinnedPicture;
  /** Where all of the picture lies in the box. */
  readonly place: CSSProperties;
}): ReactElement | null {
  const cutOut = activeCutOut(subject);
  const url = usePromise(() => subjectUrl(subject.id), subject.id);
  const mask = usePromise(
    () => (cutOut === null ? Promise.resolve(null) : subjectUrl(cutOut.mask)),
    cutOut?.mask ?? '',
  );
  if (url === null) return null;
  return <PictureLayers url={url} mask={mask} backdrop={cutOut?.backdrop ?? null} place={place} />;
}

/** The layers of a picture by their addresses. @param backdrop null where it is seen as it is */
export function PictureLayers({
  url,
  mask,
  backdrop,
  place,
}: {
  readonly url: string;
  readonly mask: string | null;
  readonly backdrop: Backdrop | null;
  readonly place: CSSProperties;
}): ReactElement {
  const image = (style: CSSProperties, layer: string): ReactElement => (
    <img src={url} alt="" style={{ ...place, ...style }} data-layer={layer} draggable={false} decoding="async" />
  );
  if (backdrop === null) return image({}, 'picture');
  return (
    <>
      {backdrop === 'blur' && image({}, 'backdrop')}
      {mask !== null && image(maskStyle(mask), 'subject')}
    </>
  );
}
