/** Several pictures of one seed in one press, side by side: to compare, to keep one of. */
import { createStore } from 'zustand/vanilla';
import { toast } from '../../ui/toast.ts';
import { currentComposition } from '../compose/compose-store.ts';
import { tellDeletion } from '../gallery/deletion-toast.ts';
import { galleryStore, removePictures, selectPicture } from '../gallery/gallery-store.ts';
import type { PictureRecord } from '../gallery/picture-record.ts';
import { setSettings, settingsStore, type Settings } from '../settings/settings.ts';
import { startStore } from '../start/start-store.ts';
import { compareAxes, compareCells, type CompareAxis } from './compare-axes.ts';
import { enqueue } from './queue.ts';
import { checkComposition } from './request.ts';

interface CompareState {
  readonly columns: CompareAxis;
  readonly rows: CompareAxis | null;
}

export const compareStore = createStore<CompareState>(() => ({ columns: 'alpha', rows: null }));

/** Where nothing is pinned α makes no difference. */
export function usableAxis(axis: CompareAxis, hasPins: boolean): boolean {
  return axis !== 'alpha' || hasPins;
}

/** What will be compared, with what is pinned now. */
export function chosenAxes({ columns, rows }: CompareState, hasPins: boolean): CompareState {
  const usable = usableAxis(columns, hasPins) ? columns : 'guidanceScale';
  return { columns: usable, rows: rows !== null && rows !== usable && usableAxis(rows, hasPins) ? rows : null };
}

export async function startComparison(): Promise<void> {
  const compose = currentComposition();
  const wrong = checkComposition(compose);
  if (wrong !== null) {
    toast.warning(wrong.message);
    return;
  }
  const { columns, rows } = chosenAxes(compareStore.getState(), compose.pins.length > 0);
  const id = crypto.randomUUID();
  const { start } = startStore.getState();
  await enqueue(
    compareCells(settingsStore.getState(), columns, rows).map(({ settings, column, row }) => ({
      compose,
      settings,
      ...(start === null ? {} : { start }),
      comparison: {
        id,
        axis: compareAxes[columns].label,
        ...column,
        row: row === null || rows === null ? null : { axis: compareAxes[rows].label, ...row },
      },
    })),
  );
}

/** The pictures of a comparison, row by row; null where one is still to be made, or was deleted. */
export function comparisonGrid(
  pictures: readonly PictureRecord[],
  { comparison }: PictureRecord,
): readonly (readonly (PictureRecord | null)[])[] {
  if (comparison === null) return [];
  const own = pictures.filter((picture) => picture.comparison?.id === comparison.id);
  return Array.from({ length: comparison.row?.count ?? 1 }, (_, row) =>
    Array.from(
      { length: comparison.count },
      (_each, column) => own.find(({ comparison: of }) => of?.index === column && (of.row?.index ?? 0) === row) ?? null,
    ),
  );
}

export function labelOf({ comparison }: Pick<PictureRecord, 'comparison'>): string {
  if (comparison === null) return '';
  const { axis, label, row } = comparison;
  return `${axis} ${label}${row === null ? '' : `, ${row.axis} ${row.label}`}`;
}

const axisKeys = Object.fromEntries(Object.entries(compareAxes).map(([key, { label }]) => [label, key])) as Readonly<
  Record<string, CompareAxis>
>;

/** Keeps one picture, with its values on the page; the others go, and can be put back. */
export function keepOnly(kept: PictureRecord): void {
  const { comparison, recipe } = kept;
  if (comparison === null) return;
  const others = galleryStore
    .getState()
    .pictures.filter(({ id, comparison: of }) => of?.id === comparison.id && id !== kept.id);
  for (const { axis } of [comparison, ...(comparison.row === null ? [] : [comparison.row])]) {
    const key = axisKeys[axis];
    if (key !== undefined) setSettings(valueOf(key, recipe.settings));
  }
  selectPicture(kept.id);
  if (others.length > 0) tellDeletion(removePictures(new Set(others.map(({ id }) => id))), others.length);
}

function valueOf(key: CompareAxis, settings: Settings): Partial<Settings> {
  return key === 'seed' ? { seed: settings.seed, seedLocked: true } : { [key]: settings[key] };
}
