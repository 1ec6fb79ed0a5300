/** The mask that is being painted, with what it was before; every change is kept with the start. */
import { createStore } from 'zustand/vanilla';
import type { EngineApi } from '../../../workers/api.ts';
import { toast } from '../../ui/toast.ts';
import { keepSubject, subjectBlob } from '../compose/subject-library.ts';
import { coverage, emptyGrid, maskOfPixels, pixelsOfMask, type MaskGrid } from './mask-grid.ts';
import { setStart, startStore, type Start } from './start-store.ts';

interface MaskState {
  /** Of what it is the mask; null where none is open. */
  readonly picture: string | null;
  readonly grid: MaskGrid | null;
  readonly past: readonly MaskGrid[];
}

export const maskStore = createStore<MaskState>(() => ({ picture: null, grid: null, past: [] }));

const { getState, setState } = maskStore;

/** Strokes that can be taken back. */
const longestPast = 30;

/** Under which id the grid is kept; null where nothing is marked. */
let keptAs: string | null = null;

/** Opens the mask of a start, as it was left. */
export async function openMask({ picture, mask }: Start): Promise<void> {
  if (getState().picture === picture.id && keptAs === (mask?.id ?? null)) return;
  keptAs = mask?.id ?? null;
  setState({ picture: picture.id, grid: null, past: [] });
  const blob = mask === null ? null : await subjectBlob(mask.id);
  const grid = blob === null ? emptyGrid(picture) : await readMask(blob).catch(() => emptyGrid(picture));
  if (getState().picture === picture.id) setState({ grid });
}

async function readMask(png: Blob): Promise<MaskGrid> {
  const bitmap = await createImageBitmap(png);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  return maskOfPixels(context.getImageData(0, 0, bitmap.width, bitmap.height));
}

type Encoder = Pick<EngineApi, 'encodePng'>;

export function changeMask(engine: Encoder, grid: MaskGrid): Promise<void> {
  const { grid: before, past } = getState();
  setState({ grid, past: before === null ? past : [...past, before].slice(-longestPast) });
  return keep(engine, grid);
}

export async function undoMask(engine: Encoder): Promise<void> {
  const { past } = getState();
  const grid = past.at(-1);
  if (grid === undefined) return;
  setState({ grid, past: past.slice(0, -1) });
  await keep(engine, grid);
}

/** Stores the mask and names it in the start, unless another stroke came meanwhile. */
async function keep(engine: Encoder, grid: MaskGrid): Promise<void> {
  const isCurrent = (): boolean => getState().grid === grid;
  if (coverage(grid) === 0) {
    name(null);
    return;
  }
  const png = await engine.encodePng(pixelsOfMask(grid), []);
  if (!png.ok) {
    if (isCurrent()) toast.error(png.error.message);
    return;
  }
  const id = await keepSubject(png.value);
  if (isCurrent()) name(id);
}

function name(id: string | null): void {
  const { start } = startStore.getState();
  if (start?.picture.id !== getState().picture) return;
  keptAs = id;
  setStart({ ...start, mask: id === null ? null : { id } });
}
