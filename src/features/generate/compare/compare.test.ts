import { beforeEach, describe, expect, it, vi } from 'vitest';
import { toastStore } from '../../../ui/toast.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import type { ComposeData, WordPin } from '../../compose/pins/pins.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { choosePicture, wipeStore } from '../../gallery/wipe-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { firstChoice } from '../../models/choice/model-choice.ts';
import { defaultSettings, settingsStore } from '../../settings/settings.ts';
import {
  chosenAxes,
  comparedNow,
  compareStore,
  comparisonGrid,
  keepOnly,
  labelOf,
  startComparison,
} from './compare.ts';
import { sheetLayout } from './comparison-sheet.ts';
import { queueStore } from '../queue/queue-store.ts';
import { squarePicture } from '../../compose/pins/pin-fixture.ts';

vi.stubGlobal('document', { baseURI: 'https://example.org/' });

function pictureAt(column: number, row: number | null = null): PictureRecord {
  const alpha = column / 2;
  return {
    id: `${column}${row ?? ''}`,
    createdAt: column,
    png: new Blob(),
    width: 8,
    height: 8,
    flagged: null,
    isStarred: false,
    comparison: {
      id: 'one',
      axis: 'α',
      label: String(alpha),
      index: column,
      count: 3,
      row: row === null ? null : { axis: 'Steps', label: '9', index: row, count: 2 },
    },
    recipe: {
      compose: { caption: 'a dog', pins: [] },
      embeddings: [],
      settings: { ...defaultSettings, alpha, steps: 9 },
      guidanceMoved: false,
      model: { id: 'm', name: 'M' },
    },
  };
}

const engine = { terminate: () => undefined, isIdle: () => true };
const dog: WordPin = {
  word: 1,
  anchor: 'dog',
  hue: 0,
  subjects: [squarePicture('0', { name: 'rex.png' })],
};

beforeEach(() => {
  settingsStore.setState(defaultSettings);
  composeStore.setState({ caption: 'a dog', pins: [], waiting: [] });
});

describe('a comparison', () => {
  it('lies in its order, whatever was made first, with gaps for what is missing', () => {
    const pictures = [pictureAt(2), pictureAt(0)];
    expect(comparisonGrid(pictures, pictureAt(0)).map((row) => row.map((cell) => cell?.id ?? null))).toEqual([
      ['0', null, '2'],
    ]);
    expect(comparisonGrid([pictureAt(1, 1)], pictureAt(1, 1))).toMatchObject([
      [null, null, null],
      [null, { id: '11' }, null],
    ]);
    expect(labelOf(pictureAt(1, 1))).toBe('α 0.5, Steps 9');
  });

  it('keeps one: the others go, and the page is set as it was', () => {
    const kept = pictureAt(2, 0);
    galleryStore.setState({ pictures: [kept, pictureAt(1, 0), { ...pictureAt(0), id: 'other', comparison: null }] });
    keepOnly(engine, kept);
    expect(galleryStore.getState()).toMatchObject({ selected: '20', pictures: [{ id: '20' }, { id: 'other' }] });
    expect(settingsStore.getState()).toMatchObject({ alpha: 1, steps: 9 });
  });

  it('is not by α where nothing is pinned', () => {
    const bare = comparedNow(compareStore.getState(), { caption: 'a dog', pins: [] }, defaultSettings, null);
    const pinned = { ...bare, compose: { caption: 'a dog', pins: [dog] } };
    expect(chosenAxes({ columns: 'alpha', rows: 'guidanceScale' }, bare)).toEqual({
      columns: 'guidanceScale',
      rows: null,
    });
    expect(chosenAxes({ columns: 'alpha', rows: 'steps' }, pinned)).toEqual({ columns: 'alpha', rows: 'steps' });
    expect(chosenAxes({ columns: 'method', rows: 'alpha' }, pinned)).toEqual({ columns: 'method', rows: null });
  });

  it('that was kept before axes had names in the program is still understood', () => {
    keepOnly(engine, pictureAt(1));
    expect(settingsStore.getState().alpha).toBe(0.5);
  });

  const by = (key: string, compose: ComposeData, about?: string): PictureRecord => {
    const picture = pictureAt(0);
    const { recipe, comparison } = picture;
    if (comparison === null) throw new RangeError('It is of a comparison.');
    const settings = { ...recipe.settings, pinVoices: 'word' } as const;
    return {
      ...picture,
      comparison: { ...comparison, key, ...(about === undefined ? {} : { about }) },
      recipe: { ...recipe, compose, settings },
    };
  };

  it('keeps a method: how pins speak, or the caption that stands without them', () => {
    composeStore.setState({ caption: 'a dog', pins: [dog], waiting: [] });
    keepOnly(engine, by('method', { caption: 'a dog', pins: [dog] }));
    expect(settingsStore.getState().pinVoices).toBe('word');
    expect(composeStore.getState().pins).toHaveLength(1);
    keepOnly(engine, by('method', { caption: 'a spotted dog', pins: [] }));
    expect(composeStore.getState()).toMatchObject({ caption: 'a spotted dog', pins: [] });
    toastStore.getState().toasts.at(-1)?.action?.onClick();
    expect(composeStore.getState()).toMatchObject({ caption: 'a dog', pins: [{ word: 1 }] });
  });

  it('keeps the weight of a LoRA file that is still there', () => {
    const lora = { id: 'ink', name: 'ink.safetensors', size: 1, weight: 1 };
    engineStore.setState({ choice: { ...firstChoice, loras: [lora] } });
    const kept = by('loraWeight', { caption: 'a dog', pins: [] }, 'ink');
    if (kept.comparison === null) throw new RangeError('It is of a comparison.');
    keepOnly(engine, { ...kept, comparison: { ...kept.comparison, label: '0.25' } });
    expect(engineStore.getState().choice.loras[0]?.weight).toBe(0.25);
    keepOnly(engine, by('loraWeight', { caption: 'a dog', pins: [] }, 'gone'));
    expect(engineStore.getState().choice.loras).toHaveLength(1);
  });

  it('keeps the strength of one pin’s look', () => {
    composeStore.setState({ caption: 'a dog', pins: [dog], waiting: [] });
    const look = { on: true, strength: 0.25, role: 'subject' } as const;
    keepOnly(engine, by('lookStrength', { caption: 'a dog', pins: [{ ...dog, look }] }, '1'));
    expect(composeStore.getState().pins[0]?.look).toEqual(look);
  });

  it('knows by what its pictures are to be scored, whatever each is made of', async () => {
    composeStore.setState({ caption: 'a dog', pins: [dog], waiting: [] });
    compareStore.setState({ columns: 'method' });
    await startComparison();
    const { jobs } = queueStore.getState();
    expect(jobs.map(({ compose }) => compose.pins.length)).toEqual([0, 1]);
    expect(new Set(jobs.map(({ comparison }) => comparison?.of?.pins.length))).toEqual(new Set([1]));
  });
});

it('a Shift-click puts a picture beside the one on the stage, a click alone on it', () => {
  galleryStore.setState({ pictures: [pictureAt(0), pictureAt(1)], selected: '0' });
  choosePicture('1', true);
  expect([wipeStore.getState().other, galleryStore.getState().selected]).toEqual(['1', '0']);
  choosePicture('1', false);
  expect([wipeStore.getState().other, galleryStore.getState().selected]).toEqual([null, '1']);
});

describe('the sheet', () => {
  it('has room for every picture and its label', () => {
    const layout = sheetLayout(
      { rows: 2, columns: 5 },
      { width: 256, height: 128 },
      { rowLabels: true, scores: false },
    );
    const last = layout.at(1, 4);
    expect(last.x + layout.cell.width).toBeLessThanOrEqual(layout.width);
    expect(last.y + layout.cell.height).toBeLessThanOrEqual(layout.height);
    expect(layout.at(0, 0)).toMatchObject({ x: expect.any(Number) as number, y: layout.top });
  });

  it('has room for scores below each picture', () => {
    const size = { width: 256, height: 256 };
    const layout = sheetLayout({ rows: 2, columns: 5 }, size, { rowLabels: false, scores: true });
    expect(layout.foot).toBeGreaterThan(layout.text);
    const [first, second] = [layout.at(0, 0), layout.at(1, 0)];
    expect(second.y - first.y - layout.cell.height).toBeGreaterThanOrEqual(layout.foot);
    expect(second.y + layout.cell.height + layout.foot).toBeLessThanOrEqual(layout.height);
  });

  it('is never larger than what browsers draw', () => {
    const { width, height } = sheetLayout(
      { rows: 3, columns: 5 },
      { width: 4096, height: 4096 },
      { rowLabels: true, scores: true },
    );
    expect(Math.max(width, height)).toBeLessThanOrEqual(8192);
  });
});
