import { useEffect, useRef, type CSSProperties, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { dragSource } from '../../../ui/picture-drag.ts';
import { toast } from '../../../ui/toast.ts';
import { galleryStore, pictureUrl } from '../../gallery/gallery-store.ts';
import { fileName } from '../../gallery/metadata.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { saveWith } from '../../gallery/save-pictures.ts';
import { choosePicture, endWipe, wipeStore, wipeWith } from '../../gallery/wipe-store.ts';
import { comparisonGrid, keepOnly, labelOf } from './compare.ts';
import { comparisonSheet } from './comparison-sheet.ts';
import { ScoreNote } from './ScoreNote.tsx';
import { scoreParts, scoreStore, scoreText, setScoring } from './scores.ts';
import styles from './compare.module.css';

/** The pictures of a comparison under the stage, and what can be done with them. @param record one of them */
export function ComparisonRow({ record }: { readonly record: PictureRecord }): ReactElement | null {
  const pictures = useStore(galleryStore, (state) => state.pictures);
  const isWiping = useStore(wipeStore, (state) => state.other !== null);
  const areScored = useStore(scoreStore, (state) => state.isOn);
  const grid = comparisonGrid(pictures, record);
  const made = grid.flat().filter((cell) => cell !== null);
  const others = made.filter(({ id }) => id !== record.id);
  if (record.comparison === null || others.length === 0) return null;
  const { axis, count } = record.comparison;
  const style: CSSProperties & Record<`--${string}`, string> = { '--columns': String(count) };
  const save = async (): Promise<void> => {
    try {
      const name = `pinword-compare-${slugOf(axis)}.png`;
      await saveWith(engine, record.recipe, name, () => comparisonSheet(engine, grid, record, { areScored }));
    } catch {
      toast.error('The browser could not draw the sheet. Download the pictures one by one.');
    }
  };
  return (
    <section data-comparison className={styles['comparison']} aria-label={`Compared by ${axis}`}>
      <div className={styles['scroll']} data-row>
        <ul className={styles['grid']} style={style} data-scores={areScored ? true : undefined}>
          {grid.flat().map((cell, index) => (
            <li key={cell?.id ?? index}>
              {cell === null ? <span className={styles['blank']} /> : <Cell record={cell} selected={record.id} />}
            </li>
          ))}
        </ul>
      </div>
      <ScoreNote />
      <div className={styles['tools']} role="group" aria-label="Compare">
        <Button
          look="quiet"
          icon="wipe"
          aria-pressed={isWiping}
          title="Two pictures with a divider. Shift-click chooses the second one."
          onClick={() => {
            if (isWiping) endWipe();
            else wipeWith(farthest(others, record).id);
          }}
        >
          Wipe
        </Button>
        <Button
          look="quiet"
          icon="scores"
          aria-pressed={areScored}
          title="How near each picture is to the subject and to the caption, as CLIP sees it"
          onClick={() => {
            setScoring(!areScored);
          }}
        >
          Scores
        </Button>
        <Button
          look="quiet"
          icon="check"
          title="Delete the others, and set the page as this one"
          onClick={() => {
            endWipe();
            keepOnly(engine, record);
          }}
        >
          Keep this one
        </Button>
        <Button look="quiet" icon="download" onClick={() => void save()}>
          Download sheet
        </Button>
      </div>
    </section>
  );
}

/** "Look of “dog”" → "look-of-dog" */
function slugOf(axis: string): string {
  const words = axis.replace('α', 'alpha').toLowerCase();
  return words.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/gu, '');
}

/** The picture that differs most: the one at the other end. */
function farthest(others: readonly PictureRecord[], record: PictureRecord): PictureRecord {
  const index = record.comparison?.index ?? 0;
  const distance = (other: PictureRecord): number => Math.abs((other.comparison?.index ?? 0) - index);
  return others.reduce((best, other) => (distance(other) > distance(best) ? other : best));
}

/** Not with scrollIntoView: that would move the stage too. */
function showInRow(cell: HTMLElement): void {
  const row = cell.closest('[data-row]');
  if (row === null) return;
  const [inner, outer] = [cell.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollBy({ left: Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right) });
}

function Cell({ record, selected }: { readonly record: PictureRecord; readonly selected: string }): ReactElement {
  const isHidden = useStore(galleryStore, ({ revealed }) => record.flagged === true && !revealed.has(record.id));
  const isOther = useStore(wipeStore, ({ other }) => other === record.id);
  const areScored = useStore(scoreStore, ({ isOn }) => isOn);
  const isSelected = record.id === selected;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isSelected && button.current !== null) showInRow(button.current);
  }, [isSelected]);
  return (
    <button
      ref={button}
      type="button"
      className={styles['cell']}
      data-hidden={isHidden}
      data-other={isOther}
      {...dragSource(isHidden ? null : { image: record.png, name: fileName(record.recipe) })}
      aria-current={isSelected}
      onClick={(event) => {
        choosePicture(record.id, event.shiftKey);
      }}
    >
      <img src={pictureUrl(record)} alt="" loading="lazy" width={record.width} height={record.height} />
      <span className={styles['label']}>{labelOf(record)}</span>
      {areScored && <Figures scores={record.scores} />}
    </button>
  );
}

/** Two short lines for the eye, two numbers for the ear. */
function Figures({ scores }: { readonly scores: PictureRecord['scores'] }): ReactElement {
  return (
    <span className={styles['scores']}>
      {scoreParts(scores).map(({ what, value }) => (
        <span key={what}>
          <span className="visually-hidden">
            , near to the {what}: {value.toFixed(2)}
          </span>
          <span aria-hidden="true">
            {what} <b>{scoreText(value)}</b>
          </span>
        </span>
      ))}
    </span>
  );
}
