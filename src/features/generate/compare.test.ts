import { beforeEach, describe, expect, it, vi } from 'vitest';
import { composeStore } from '../compose/compose-store.ts';
import { galleryStore } from '../gallery/gallery-store.ts';
import type { PictureRecord } from '../gallery/picture-record.ts';
import { choosePicture, wipeStore } from '../gallery/wipe-store.ts';
import { defaultSettings, settingsStore } from '../settings/settings.ts';
import { chosenAxes, comparisonGrid, keepOnly, labelOf } from './compare.ts';
import { sheetLayout } from './comparison-sheet.ts';

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
    keepOnly(kept);
    expect(galleryStore.getState()).toMatchObject({ selected: '20', pictures: [{ id: '20' }, { id: 'other' }] });
    expect(settingsStore.getState()).toMatchObject({ alpha: 1, steps: 9 });
  });

  it('is not by α where nothing is pinned', () => {
    expect(chosenAxes({ columns: 'alpha', rows: 'guidanceScale' }, false)).toEqual({
      columns: 'guidanceScale',
      rows: null,
    });
    expect(chosenAxes({ columns: 'alpha', rows: 'steps' }, true)).toEqual({ columns: 'alpha', rows: 'steps' });
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
    const layout = sheetLayout({ rows: 2, columns: 5 }, { width: 256, height: 128 }, true);
    const last = layout.at(1, 4);
    expect(last.x + layout.cell.width).toBeLessThanOrEqual(layout.width);
    expect(last.y + layout.cell.height).toBeLessThanOrEqual(layout.height);
    expect(layout.at(0, 0)).toMatchObject({ x: expect.any(Number) as number, y: layout.top });
  });

  it('is never larger than what browsers draw', () => {
    const { width, height } = sheetLayout({ rows: 3, columns: 5 }, { width: 4096, height: 4096 }, true);
    expect(Math.max(width, height)).toBeLessThanOrEqual(8192);
  });
});
