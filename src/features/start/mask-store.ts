/** The mask that is being painted, with what it was before; every change is kept with the start. */
import { createStore } from 'zustand/vanilla';
import type { EngineApi, ImageSize } from '../../../workers/api.ts';
import { toast } from '../../ui/toast.ts';
import { keepSubject, subjectBlob } from '../compose/pins/subject-library.ts';
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

/** Files that masks came from: such a mask is kept as it came, however large it is. */
const files = new WeakMap<MaskGrid, string>();

/** Opens the mask of a start, as it was left. */
export async function openMask({ picture, mask }: Start): Promise<void> {
  if (getState().picture === picture.id && keptAs === (mask?.id ?? null)) return;
  keptAs = mask?.id ?? null;
  setState({ picture: picture.id, grid: null, past: [] });
  const blob = mask === null ? null : await subjectBlob(mask.id);
  const grid = blob === null ? emptyGrid(picture) : await readMask(blob, picture).catch(() => emptyGrid(picture));
  if (blob !== null && mask !== null) files.set(grid, mask.id);
  // A file may have been chosen meanwhile.
  if (getState().picture === picture.id && getState().grid === null) setState({ grid });
}

/** A picture as a mask that can be painted on: it lies over the whole of what it is the mask of; what is transparent is black. */
async function readMask(image: Blob, picture: ImageSize): Promise<MaskGrid> {
  const { width, height } = emptyGrid(picture);
  const bitmap = await createImageBitmap(image);
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return maskOfPixels(context.getImageData(0, 0, width, height));
}

type Encoder = Pick<EngineApi, 'encodePng'>;

export function changeMask(engine: Encoder, grid: MaskGrid): Promise<void> {
  show(grid);
  return keep(engine, grid);
}

/** What is shown as marked and not yet named in the start. */
let keeping: Promise<unknown> = Promise.resolve();

/** The start with the mask as it is shown: the picture file of a stroke is written while the page goes on. */
export async function startAsShown(): Promise<Start | null> {
  await keeping;
  return startStore.getState().start;
}

/** The next mask; the one before can be had back. */
function show(grid: MaskGrid): void {
  const { grid: before, past } = getState();
  setState({ grid, past: before === null ? past : [...past, before].slice(-longestPast) });
}

/** Shares by which the shape of a mask may differ from its picture's without being mentioned: what rounding to pixels does. */
const shapeTolerance = 0.02;

/**
 * The mask in a picture file takes the place of what is marked; undo brings that back.
 * @returns what is wrong with it, else null: then all is as it was
 */
export async function takeMask(
  engine: Pick<EngineApi, 'inspectImage'>,
  file: Blob,
  { picture }: Start,
  read = readMask,
): Promise<string | null> {
  const inspected = await engine.inspectImage(file);
  if (!inspected.ok) return inspected.error.message;
  const { hash, upright, width, height } = inspected.value;
  const image = upright ?? file;
  const grid = await read(image, picture);
  const share = coverage(grid);
  if (share === 0)
    return 'This mask marks nothing. What is white in it is made again; black and transparent parts stay.';
  if (share === 1) return 'This mask marks the whole picture, so nothing would stay. Make black what is to stay.';
  const id = await keepSubject(image, hash);
  if (getState().picture !== picture.id) return null;
  files.set(grid, id);
  show(grid);
  name(id);
  if (Math.abs((width / height) * (picture.height / picture.width) - 1) > shapeTolerance)
    toast.warning(
      `The mask has ${width} × ${height} pixels and the picture ${picture.width} × ${picture.height}: it was stretched over the picture.`,
    );
  return null;
}

export async function undoMask(engine: Encoder): Promise<void> {
  const { past } = getState();
  const grid = past.at(-1);
  if (grid === undefined) return;
  setState({ grid, past: past.slice(0, -1) });
  await keep(engine, grid);
}

function keep(engine: Encoder, grid: MaskGrid): Promise<void> {
  const kept = store(engine, grid);
  keeping = Promise.allSettled([keeping, kept]);
  return kept;
}

/** Stores the mask and names it in the start, unless another stroke came meanwhile. */
async function store(engine: Encoder, grid: MaskGrid): Promise<void> {
  const isCurrent = (): boolean => getState().grid === grid;
  if (coverage(grid) === 0) {
    name(null);
    return;
  }
  const file = files.get(grid);
  if (file !== undefined) {
    name(file);
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
