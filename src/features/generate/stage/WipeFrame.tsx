import type { CSSProperties, PointerEvent, ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../../ui/Button.tsx';
import { pictureUrl } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { endWipe, wipeStore } from '../../gallery/wipe-store.ts';
import { labelOf } from '../compare/compare.ts';
import frameStyles from './frame.module.css';
import styles from './wipe.module.css';

/** Two pictures on the stage with a divider between them, which follows the pointer and the arrow keys. */
export function WipeFrame({
  left,
  right,
}: {
  readonly left: PictureRecord;
  readonly right: PictureRecord;
}): ReactElement {
  const at = useStore(wipeStore, (state) => state.at);
  const style: CSSProperties & Record<`--${string}`, string> = { '--at': String(at) };
  const follow = (event: PointerEvent<HTMLElement>): void => {
    const { left: start, width } = event.currentTarget.getBoundingClientRect();
    wipeStore.setState({ at: Math.min(1, Math.max(0, (event.clientX - start) / width)) });
  };
  return (
    <div
      className={`${frameStyles['frame'] ?? ''} ${styles['wipe'] ?? ''}`}
      style={style}
      onPointerDown={(event) => {
        if (event.target instanceof Element && event.target.closest('button') !== null) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
    >
      <img src={pictureUrl(right)} alt={altOf(right, 'Right')} draggable={false} />
      <img src={pictureUrl(left)} alt={altOf(left, 'Left')} className={styles['over']} draggable={false} />
      <span className={styles['left']} aria-hidden="true">
        {nameOf(left)}
      </span>
      <span className={styles['right']} aria-hidden="true">
        {nameOf(right)}
      </span>
      <span className={styles['divider']} aria-hidden="true" />
      <input
        type="range"
        className={styles['slider']}
        aria-label="Divider between the two pictures"
        min={0}
        max={1}
        step={0.02}
        value={at}
        onChange={(event) => {
          wipeStore.setState({ at: Number(event.target.value) });
        }}
      />
      <IconButton label="Show one picture" icon="close" className={styles['end']} onClick={endWipe} />
    </div>
  );
}

function nameOf(record: PictureRecord): string {
  return record.comparison === null ? `seed ${record.recipe.settings.seed}` : labelOf(record);
}

function altOf(record: PictureRecord, side: string): string {
  return `${side}: ${record.recipe.compose.caption}, ${nameOf(record)}`;
}
