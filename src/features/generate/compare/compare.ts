/** Several pictures of one seed in one press, side by side: to compare, to keep one of. */
import { createStore } from 'zustand/vanilla';
import type { ModelSummary } from '../../../../workers/api.ts';
import { toast } from '../../../ui/toast.ts';
import { currentComposition, setLook } from '../../compose/draft/compose-store.ts';
import { lookOf, type ComposeData } from '../../compose/pins/pins.ts';
import { tellDeletion } from '../../gallery/deletion-toast.ts';
import { fillIn, undoButton } from '../../gallery/draft.ts';
import { galleryStore, removePictures, selectPicture } from '../../gallery/gallery-store.ts';
import type { PictureRecord, Recipe } from '../../gallery/picture-record.ts';
import { weighLora } from '../../models/addons/addons.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { setSettings, settingsStore, type Settings } from '../../settings/settings.ts';
import { startAsShown } from '../../start/mask-store.ts';
import { startStore } from '../../start/start-store.ts';
import { compareAxes, compareCells, usableAxes, type CompareAxis, type Compared } from './compare-axes.ts';
import { enqueue } from '../queue/queue.ts';
import { checkComposition } from '../run/request.ts';

interface CompareState extends Pick<Compared, 'detailedCaption' | 'word' | 'lora'> {
  readonly columns: CompareAxis;
  readonly rows: CompareAxis | null;
}

export const compareStore = createStore<CompareState>(() => ({
  columns: 'alpha',
  rows: null,
  detailedCaption: '',
  word: null,
  lora: null,
}));

/** What the page says now, as it is compared. */
export function comparedNow(
  { detailedCaption, word, lora }: CompareState,
  compose: ComposeData,
  settings: Settings,
  model: ModelSummary | null,
): Compared {
  const { choice } = engineStore.getState();
  // The miniature takes no LoRA files.
  const loras = choice.source.kind === 'embedded' ? [] : choice.loras;
  return { compose, settings, model, loras, loraWeights: null, detailedCaption, word, lora };
}

/** What will be compared, with what is pinned and loaded now. */
export function chosenAxes(
  { columns, rows }: Pick<CompareState, 'columns' | 'rows'>,
  compared: Compared,
): Pick<CompareState, 'columns' | 'rows'> {
  const usable = usableAxes(compared).includes(columns) ? columns : 'guidanceScale';
  return { columns: usable, rows: rows !== null && usableAxes(compared, usable).includes(rows) ? rows : null };
}

export async function startComparison(): Promise<void> {
  const compose = currentComposition();
  const wrong = checkComposition(compose);
  if (wrong !== null) {
    toast.warning(wrong.message);
    return;
  }
  const state = compareStore.getState();
  const { model } = engineStore.getState();
  const summary = model.kind === 'ready' ? model.summary : null;
  const compared = comparedNow(state, compose, settingsStore.getState(), summary);
  const { columns, rows } = chosenAxes(state, compared);
  const id = crypto.randomUUID();
  const start = await startAsShown();
  await enqueue(
    compareCells(compared, columns, rows).map(({ loraWeights, column, row, ...order }) => ({
      ...order,
      ...(loraWeights === null ? {} : { loraWeights }),
      ...(start === null ? {} : { start }),
      comparison: { id, ...column, row, of: compose },
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

type Place = Pick<NonNullable<PictureRecord['comparison']>, 'axis' | 'key' | 'about' | 'label'>;

/** Until version 0.6 an axis was known by its label alone. */
const axisKeys = new Map(Object.entries(compareAxes).map(([key, { label }]) => [label as string, key]));

type Idling = Parameters<typeof weighLora>[0];

/** Keeps one picture, with its values on the page; the others go, and can be put back. */
export function keepOnly(engine: Idling, kept: PictureRecord): void {
  const { comparison, recipe } = kept;
  if (comparison === null) return;
  const others = galleryStore
    .getState()
    .pictures.filter(({ id, comparison: of }) => of?.id === comparison.id && id !== kept.id);
  for (const place of [comparison, ...(comparison.row === null ? [] : [comparison.row])]) take(engine, place, recipe);
  selectPicture(kept.id);
  if (others.length > 0) tellDeletion(removePictures(new Set(others.map(({ id }) => id))), others.length);
}

/** Sets the page as a picture is on one axis. */
function take(
  engine: Idling,
  { axis, key = axisKeys.get(axis), about, label }: Place,
  { compose, settings }: Recipe,
): void {
  if (key === 'loraWeight') takeWeight(engine, about, Number(label));
  else if (key === 'method') takeMethod(compose, settings);
  else if (key === 'lookStrength') takeStrength(Number(about), compose);
  else if (key === 'seed') setSettings({ seed: settings.seed, seedLocked: true });
  else if (key === 'alpha' || key === 'guidanceScale' || key === 'steps' || key === 'scheduler')
    setSettings({ [key]: settings[key] });
}

/** A baseline without pictures has another caption, or no pins: what stood there can be put back. */
function takeMethod(compose: ComposeData, { pinVoices, subjectPositions }: Settings): void {
  if (compose.pins.length > 0) {
    setSettings({ pinVoices, subjectPositions });
    return;
  }
  const putBack = fillIn(compose, {}, startStore.getState().start);
  if (putBack !== null) toast('The page has the caption of this picture, and no pins.', undoButton(putBack));
}

function takeStrength(word: number, { pins }: ComposeData): void {
  const pin = pins.find((other) => other.word === word);
  if (pin !== undefined) setLook(word, { on: true, strength: lookOf(pin).strength });
}

/** Of a file that is still there. */
function takeWeight(engine: Idling, id: string | undefined, weight: number): void {
  const lora = engineStore.getState().choice.loras.find((other) => other.id === id);
  if (lora !== undefined && lora.weight !== weight) weighLora(engine, lora.id, weight);
}
