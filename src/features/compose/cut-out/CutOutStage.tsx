import { useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactElement } from 'react';
import { usePromise } from '../../../ui/use-promise.ts';
import type { CutOutPoint } from '../../../../workers/api.ts';
import { maskStyle, regionPlace } from '../crop/crop-geometry.ts';
import styles from './cut-out.module.css';
import { activeCutOut, type PinnedPicture } from '../pins/pins.ts';
import { subjectUrl } from '../pins/subject-library.ts';

export type PointKind = 'subject' | 'background';

const percent = (value: number, whole: number): string => `${(100 * value) / whole}%`;

/** The picture with what is cut out of it: the background is faint, and the part that is encoded is framed. */
export function CutOutStage({
  subject,
  points,
  pointing,
  onPoint,
}: {
  readonly subject: PinnedPicture;
  readonly points: readonly CutOutPoint[];
  /** What a click on the picture means now. */
  readonly pointing: PointKind | null;
  readonly onPoint: (point: CutOutPoint) => void;
}): ReactElement {
  const cutOut = activeCutOut(subject);
  const url = usePromise(() => subjectUrl(subject.id), subject.id);
  const mask = usePromise(
    () => (cutOut === null ? Promise.resolve(null) : subjectUrl(cutOut.mask)),
    cutOut?.mask ?? '',
  );
  const { width, height } = subject;
  return (
    <div className={styles['view']}>
      <div className={styles['stage']} style={ratioStyle(subject)} data-cut={mask !== null}>
        {url !== null && <img src={url} alt="" draggable={false} data-layer="behind" />}
        {url !== null && mask !== null && <img src={url} alt="" draggable={false} style={maskStyle(mask)} />}
        {cutOut !== null && <span className={styles['seen']} style={regionPlace(cutOut.region, subject)} />}
        {points.map(({ x, y, isSubject }, index) => (
          <span
            key={index}
            className={styles['point']}
            data-kind={isSubject ? 'subject' : 'background'}
            style={{ left: percent(x, width), top: percent(y, height) }}
          >
            {isSubject ? '+' : '−'}
          </span>
        ))}
        {pointing !== null && <Pointer subject={subject} kind={pointing} onPoint={onPoint} />}
      </div>
    </div>
  );
}

function ratioStyle({ width, height }: PinnedPicture): CSSProperties & Record<`--${string}`, string> {
  return { '--ratio': String(width / height) };
}

/** Over the picture while it is pointed at: a click or a tap sets a point; with the keyboard a cross is moved, and Enter sets one. */
function Pointer({
  subject: { width, height },
  kind,
  onPoint,
}: {
  readonly subject: PinnedPicture;
  readonly kind: PointKind;
  readonly onPoint: (point: CutOutPoint) => void;
}): ReactElement {
  const [cross, setCross] = useState({ x: Math.round(width / 2), y: Math.round(height / 2) });
  const [isByKey, setByKey] = useState(false);
  const isSubject = kind === 'subject';
  const click = (event: MouseEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    // A key's click has no place.
    if (event.detail === 0) onPoint({ ...cross, isSubject });
    else
      onPoint({
        x: Math.round(((event.clientX - box.left) / box.width) * width),
        y: Math.round(((event.clientY - box.top) / box.height) * height),
        isSubject,
      });
  };
  const move = (event: KeyboardEvent): void => {
    const [x, y] = arrows[event.key] ?? [0, 0];
    if (x === 0 && y === 0) return;
    event.preventDefault();
    setByKey(true);
    const step = Math.max(1, Math.round(Math.min(width, height) / 40));
    const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
    setCross({ x: within(cross.x + x * step, width), y: within(cross.y + y * step, height) });
  };
  return (
    <button
      type="button"
      className={styles['pointer']}
      aria-label={`Point at the ${kind}: click, or move the cross with the arrow keys and press Enter`}
      onClick={click}
      onKeyDown={move}
    >
      {isByKey && (
        <span
          className={styles['cross']}
          style={{ left: percent(cross.x, width), top: percent(cross.y, height) }}
          aria-hidden="true"
        />
      )}
      <span className="visually-hidden" role="status">
        {isByKey &&
          `${Math.round((100 * cross.x) / width)} % from the left, ${Math.round((100 * cross.y) / height)} % from the top`}
      </span>
    </button>
  );
}

/** Steps to the right and down. */
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
