import { createStore } from 'zustand/vanilla';
import type { KeyedStore } from '../../storage/keyed-store.ts';
import { MemoryStore } from '../../storage/keyed-store.ts';
import { readSlice } from '../../storage/slice.ts';
import { pictureSlice, type PictureRecord } from './picture-record.ts';

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

/** Reads the pictures of earlier visits; records that cannot be read are left alone in the store. */
export async function openGallery(lasting: KeyedStore): Promise<void> {
  store = lasting;
  const stored = await store.getAll('pictures').catch(() => []);
  const pictures = stored.flatMap((entry) => readSlice(pictureSlice, entry) ?? []);
  pictures.sort((a, b) => b.createdAt - a.createdAt);
  setState({ pictures, selected: pictures[0]?.id ?? null });
}

/** @returns false where the browser would not keep the picture (out of space); it stays until the page is closed. */
export async function addPicture(record: PictureRecord): Promise<boolean> {
  setState(({ pictures }) => ({ pictures: [record, ...pictures] }));
  return keep(record);
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
  const { pictures, selected } = getState();
  const index = pictures.findIndex((picture) => picture.id === id);
  const record = pictures[index];
  if (record === undefined) return () => Promise.resolve(false);
  const rest = pictures.filter((picture) => picture.id !== id);
  setState({ pictures: rest, selected: selected === id ? ((rest[index] ?? rest.at(-1))?.id ?? null) : selected });
  forgetUrl(id);
  const removed = deleteStored(record);
  return async () => {
    const back = await removed;
    setState((state) => ({
      pictures: [...state.pictures, back].sort((a, b) => b.createdAt - a.createdAt),
      selected: id,
    }));
    return keep(back);
  };
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
