/** Small pictures of subjects: made once, one after the other, and kept with the entry. */
import type { EngineApi } from '../../../../workers/api.ts';
import { activeCutOut, seenRegion } from '../pins/pins.ts';
import { subjectBlob } from '../pins/subject-library.ts';
import { keepSmall } from './library-store.ts';
import type { LibraryEntry, SmallSubject } from './library-record.ts';

/** Twice the edge of a tile. */
const edge = 256;

let last: Promise<unknown> = Promise.resolve();

/** @returns null for embeddings, and where the bytes are gone or the engine cannot make it */
export function smallSubject(
  engine: Pick<EngineApi, 'shrinkPicture'>,
  entry: LibraryEntry,
): Promise<SmallSubject | null> {
  if (entry.small !== undefined) return Promise.resolve(entry.small);
  const made = last.then(() => make(engine, entry));
  last = made.catch(() => undefined);
  return made;
}

async function make(engine: Pick<EngineApi, 'shrinkPicture'>, entry: LibraryEntry): Promise<SmallSubject | null> {
  const { subject } = entry;
  if (subject.kind === 'embedding') return null;
  const cutOut = activeCutOut(subject);
  const image = await subjectBlob(subject.id);
  const mask = cutOut === null ? null : await subjectBlob(cutOut.mask);
  if (image === null || (cutOut !== null && mask === null)) return null;
  const shrunk = await engine.shrinkPicture({ image, region: seenRegion(subject), mask }, edge);
  if (!shrunk.ok) return null;
  const { width, height, region } = shrunk.value;
  const small = { image: shrunk.value.image.bytes, mask: shrunk.value.mask?.bytes ?? null, width, height, region };
  keepSmall(entry, small);
  return small;
}

const urls = new WeakMap<Blob, string>();

/** An object URL for an img; one for as long as the picture lives. */
export function urlOf(blob: Blob): string {
  const url = urls.get(blob) ?? URL.createObjectURL(blob);
  urls.set(blob, url);
  return url;
}

/** Bytes that the library takes in this browser. Reads no picture. */
export async function libraryBytes(entries: readonly LibraryEntry[]): Promise<number> {
  const ids = new Set(
    entries.flatMap(({ subject }) => [
      subject.id,
      ...(subject.kind === 'picture' && subject.cutOut !== undefined ? [subject.cutOut.mask] : []),
    ]),
  );
  const blobs = await Promise.all([...ids].map((id) => subjectBlob(id)));
  const small = entries.flatMap((entry) => [entry.small?.image, entry.small?.mask]);
  return [...blobs, ...small].reduce((sum, blob) => sum + (blob?.size ?? 0), 0);
}
