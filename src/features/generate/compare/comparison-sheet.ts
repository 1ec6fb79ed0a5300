/** The pictures of a comparison as one picture with labels. */
import { plainText, type EngineApi } from '../../../../workers/api.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { pictureMetadata } from '../../gallery/metadata.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { scoresText } from './scores.ts';

type Grid = readonly (readonly (PictureRecord | null)[])[];

interface Layout {
  readonly width: number;
  readonly height: number;
  /** Of the text, in pixels. */
  readonly text: number;
  readonly cell: { readonly width: number; readonly height: number };
  /** Left upper corner of a cell. */
  readonly at: (row: number, column: number) => { readonly x: number; readonly y: number };
  readonly rowLabels: number;
  readonly top: number;
  /** Below each picture, for its scores. */
  readonly foot: number;
}

interface Lines {
  readonly rowLabels: boolean;
  readonly scores: boolean;
}

const gap = 8;
/** Browsers draw no larger pictures. */
const largestEdge = 8192;

/** Where everything lies. @param picture size of one picture, in pixels */
export function sheetLayout(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  picture: { readonly width: number; readonly height: number },
  lines: Lines,
): Layout {
  // Lines of text are in proportion to the picture's width.
  const line = picture.width / 8;
  const fits = Math.min(
    1,
    largestEdge / (columns * (picture.width + gap) + picture.width),
    largestEdge / (rows * (picture.height + gap + (lines.scores ? line : 0)) + picture.height),
  );
  const cell = { width: Math.round(picture.width * fits), height: Math.round(picture.height * fits) };
  const text = Math.max(12, Math.round(cell.width / 16));
  const rowLabels = lines.rowLabels ? text * 8 : 0;
  const top = text * 4;
  const foot = lines.scores ? text * 2 : 0;
  return {
    cell,
    text,
    rowLabels,
    top,
    foot,
    width: gap + rowLabels + columns * (cell.width + gap),
    height: top + rows * (cell.height + foot + gap),
    at: (row, column) => ({
      x: gap + rowLabels + column * (cell.width + gap),
      y: top + row * (cell.height + foot + gap),
    }),
  };
}

/** With the recipe of `record` inside: it opens as one of its pictures. @throws Error where the browser cannot draw it */
export async function comparisonSheet(
  engine: Pick<EngineApi, 'fillPng'>,
  grid: Grid,
  { comparison, width, height, recipe }: PictureRecord,
  { areScored }: { readonly areScored: boolean },
): Promise<Blob> {
  const columns = grid[0]?.length ?? 0;
  const scores = areScored && grid.flat().some((cell) => cell?.scores !== undefined);
  const lines = { rowLabels: comparison?.row !== null, scores };
  const layout = sheetLayout({ rows: grid.length, columns }, { width, height }, lines);
  const canvas = new OffscreenCanvas(layout.width, layout.height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, layout.width, layout.height);
  context.fillStyle = '#1b1d22';
  context.textBaseline = 'middle';
  const write = (text: string, x: number, y: number, room: number, weight = 400): void => {
    context.font = `${weight} ${layout.text}px system-ui, sans-serif`;
    context.fillText(text, x, y, room);
  };
  write(
    `${plainText((comparison?.of ?? recipe.compose).caption)} · ${comparison?.axis ?? ''}`,
    gap,
    layout.text * 1.2,
    layout.width - 2 * gap,
    600,
  );
  const { revealed } = galleryStore.getState();
  for (const [row, cells] of grid.entries()) {
    const named = cells.find((cell) => cell !== null)?.comparison?.row;
    const { y } = layout.at(row, 0);
    if (named != null) write(`${named.axis} ${named.label}`, gap, y + layout.cell.height / 2, layout.rowLabels - gap);
    for (const [column, cell] of cells.entries()) {
      const { x } = layout.at(row, column);
      if (cell === null) continue;
      if (row === 0 || cells === grid.find((other) => other[column] !== null)) {
        write(cell.comparison?.label ?? '', x, layout.text * 2.9, layout.cell.width);
      }
      if (cell.flagged === true && !revealed.has(cell.id)) {
        context.fillStyle = '#d5d7dc';
        context.fillRect(x, y, layout.cell.width, layout.cell.height);
        context.fillStyle = '#1b1d22';
      } else {
        const bitmap = await createImageBitmap(cell.png);
        context.drawImage(bitmap, x, y, layout.cell.width, layout.cell.height);
        bitmap.close();
      }
      if (scores) write(scoresText(cell), x, y + layout.cell.height + layout.text, layout.cell.width);
    }
  }
  const sheet = await canvas.convertToBlob({ type: 'image/png' });
  const filled = await engine.fillPng(sheet, pictureMetadata(recipe), []);
  return filled.ok ? filled.value : sheet;
}
