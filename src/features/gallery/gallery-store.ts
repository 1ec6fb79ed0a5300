import { createStore } from 'zustand/vanilla';
import type { KeyedStore } from '../../storage/keyed-store.ts';
import { MemoryStore } from '../../storage/keyed-store.ts';
import { breathe } from '../../storage/breathe.ts';
import { readSlice } from '../../storage/slice.ts';
import { pictureSlice, type KeptScores, type PictureRecord } from './picture-record.ts';

interface GalleryState {
  /** Newest first. */
  readonly pictures: readonly PictureRecord[];
  /** The picture on the stage; null shows the one that forms, or the start. */
  readonly selected: string | null;
  /** Flagged pictures that the person chose to see. */
  readonly revealed: ReadonlySet<string>;
}

export const galleryStore = createStore<GalleryState>(() => ({ pictures: [], selected: null, revealed: new Set() }));

const { getState, setState } = galleryStore;
let store: KeyedStore = new MemoryStore();
const urls = new Map<string, string>();

/** Records that are checked before the page may answer the person. */
const checkedAtOnce = 100;

/** Reads the pictures of earlier visits; records that cannot be read are left alone in the store. */
export async function openGallery(lasting: KeyedStore): Promise<void> {
  store = lasting;
  const stored = await store.getAll('pictures').catch(() => []);
  const pictures: PictureRecord[] = [];
  for (const [index, entry] of stored.entries()) {
    const picture = readSlice(pictureSlice, entry);
    if (picture !== null) pictures.push(picture);
    if (index % checkedAtOnce === checkedAtOnce - 1) await breathe();
  }
  pictures.sort((a, b) => b.createdAt - a.createdAt);
  setState({ pictures, selected: pictures[0]?.id ?? null });
}

/** @returns false where the browser would not keep the picture (out of space); it stays until the page is closed. */
export async function addPicture(record: PictureRecord): Promise<boolean> {
  setState(({ pictures }) => ({ pictures: [record, ...pictures] }));
  return keep(record);
}

/** Pictures from elsewhere, each where its time puts it. @returns how many of them, from the first on, the browser has kept: the others are not taken */
export async function insertPictures(records: readonly PictureRecord[]): Promise<number> {
  let kept = 0;
  while (kept < records.length) {
    const record = records[kept];
    if (record === undefined || !(await keep(record))) break;
    kept += 1;
  }
  const taken = records.slice(0, kept);
  if (kept > 0)
    setState(({ pictures, selected }) => {
      const all = [...pictures, ...taken].sort((a, b) => b.createdAt - a.createdAt);
      return { pictures: all, selected: selected ?? (pictures.length === 0 ? (all[0]?.id ?? null) : null) };
    });
  return kept;
}

async function keep(record: PictureRecord): Promise<boolean> {
  try {
    await store.put('pictures', record.id, { version: pictureSlice.version, data: record });
    return true;
  } catch {
    return false;
  }
}

/** Deletes a picture. @returns what puts it back, with addPicture's answer */
export function removePicture(id: string): () => Promise<boolean> {
  return removePictures(new Set([id]));
}

/** Deletes pictures. @returns what puts them back: false where the browser would not keep one of them */
export function removePictures(ids: ReadonlySet<string>): () => Promise<boolean> {
  const { pictures, selected } = getState();
  const removed = pictures.filter(({ id }) => ids.has(id));
  if (removed.length === 0) return () => Promise.resolve(false);
  const rest = pictures.filter(({ id }) => !ids.has(id));
  const isOnStage = removed.some(({ id }) => id === selected);
  setState({ pictures: rest, selected: isOnStage ? neighbour(pictures, rest, selected) : selected });
  for (const { id } of removed) forgetUrl(id);
  const deleted = Promise.all(removed.map(deleteStored));
  return async () => {
    const back = await deleted;
    setState((state) => ({
      pictures: [...state.pictures, ...back].sort((a, b) => b.createdAt - a.createdAt),
      selected: back[0]?.id ?? null,
    }));
    return (await Promise.all(back.map(keep))).every((isKept) => isKept);
  };
}

/** What comes on the stage in place of a picture that goes: the next older one that stays, else the last. */
function neighbour(
  pictures: readonly PictureRecord[],
  rest: readonly PictureRecord[],
  selected: string | null,
): string | null {
  const place = pictures.findIndex(({ id }) => id === selected);
  const staying = new Set(rest);
  return (pictures.slice(place).find((picture) => staying.has(picture)) ?? rest.at(-1))?.id ?? null;
}

/** Marks a picture, or takes the mark away. @returns false where the browser would not keep that */
export function starPicture(id: string, isStarred: boolean): Promise<boolean> {
  return changePicture(id, { isStarred });
}

/** As starPicture. */
export function keepScores(id: string, scores: KeptScores): Promise<boolean> {
  return changePicture(id, { scores });
}

async function changePicture(
  id: string,
  change: Pick<Partial<PictureRecord>, 'isStarred' | 'scores'>,
): Promise<boolean> {
  const record = getState().pictures.find((picture) => picture.id === id);
  if (record === undefined) return false;
  const changed = { ...record, ...change };
  setState(({ pictures }) => ({ pictures: pictures.map((picture) => (picture.id === id ? changed : picture)) }));
  return keep(changed);
}

/** At once, not when the time to undo it is over: the page may be closed before. @returns the record with bytes of its own */
async function deleteStored(record: PictureRecord): Promise<PictureRecord> {
  // A Blob out of the store may lose its bytes with its entry.
  const png = await record.png.arrayBuffer().then(
    (bytes) => new Blob([bytes], { type: record.png.type }),
    () => record.png,
  );
  await store.delete('pictures', record.id).catch(() => undefined);
  return { ...record, png };
}

export function selectPicture(id: string | null): void {
  setState({ selected: id });
}

export function revealPicture(id: string): void {
  setState(({ revealed }) => ({ revealed: new Set([...revealed, id]) }));
}

/** An object URL for an img, one a picture. */
export function pictureUrl({ id, png }: PictureRecord): string {
  const url = urls.get(id) ?? URL.createObjectURL(png);
  urls.set(id, url);
  return url;
}

function forgetUrl(id: string): void {
  const url = urls.get(id);
  if (url !== undefined) URL.revokeObjectURL(url);
  urls.delete(id);
}
