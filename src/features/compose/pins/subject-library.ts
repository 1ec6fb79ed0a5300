/**
 * The bytes of pinned pictures, by content hash: the same picture on two words or in ten results is kept once.
 * In memory while the page lives, in the store for the next visit.
 */
import type { EngineApi, Result } from '../../../../workers/api.ts';
import type { KeyedStore } from '../../../storage/keyed-store.ts';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { centredSquare, type PinnedEmbedding, type PinnedPicture } from './pins.ts';

let store: KeyedStore = new MemoryStore();
const memory = new Map<string, Blob>();
const urls = new Map<string, string>();

export function openSubjects(lasting: KeyedStore): void {
  store = lasting;
  memory.clear();
}

export async function subjectBlob(id: string): Promise<Blob | null> {
  const known = memory.get(id);
  if (known !== undefined) return known;
  const stored = await store.get('subjects', id).catch(() => null);
  if (!(stored instanceof Blob)) return null;
  memory.set(id, stored);
  return stored;
}

/** An object URL for an img; one a picture for the life of the page. */
export async function subjectUrl(id: string): Promise<string | null> {
  const known = urls.get(id);
  if (known !== undefined) return known;
  const blob = await subjectBlob(id);
  if (blob === null) return null;
  const url = urls.get(id) ?? URL.createObjectURL(blob);
  urls.set(id, url);
  return url;
}

async function contentHash(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface PictureOrigin {
  readonly name: string;
  readonly sample: string | null;
}

/** Checks a file in the worker, keeps its bytes, and describes it for a pin on the centred square. */
export async function takePicture(
  engine: Pick<EngineApi, 'inspectImage'>,
  image: Blob,
  { name, sample }: PictureOrigin,
): Promise<Result<PinnedPicture>> {
  const inspected = await engine.inspectImage(image);
  if (!inspected.ok) return inspected;
  const { width, height, hash, upright } = inspected.value;
  const id = await keepSubject(upright ?? image, hash);
  const region = centredSquare({ width, height });
  return { ok: true, value: { kind: 'picture', id, name, sample, width, height, region } };
}

/** Checks a textual-inversion file against the loaded model, and describes it for a pin. */
export async function takeEmbedding(
  engine: Pick<EngineApi, 'inspectEmbedding'>,
  file: File,
): Promise<Result<PinnedEmbedding>> {
  const read = await engine.inspectEmbedding(file, true);
  if (!read.ok) return read;
  const id = await keepSubject(file);
  return { ok: true, value: { kind: 'embedding', id, name: file.name, vectors: read.value.vectors } };
}

/** @param id the content hash, where it is known. @returns it: the bytes are kept under it */
export async function keepSubject(bytes: Blob, id?: string): Promise<string> {
  id ??= await contentHash(bytes);
  // A plain Blob: a File would keep pointing at the disk, where it can change or vanish.
  const copy = new Blob([await bytes.arrayBuffer()], { type: bytes.type });
  memory.set(id, copy);
  // Where the disk is full it still works until the page is closed.
  await store.put('subjects', id, copy).catch(() => undefined);
  return id;
}

/**
 * Deletes these from the store, but for those that this page has kept or read: their bytes may be in use by now.
 * @returns those that were deleted
 */
export async function dropSubjects(ids: readonly string[]): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const id of ids) {
    if (memory.has(id)) continue;
    await store.delete('subjects', id).catch(() => undefined);
    dropped.push(id);
  }
  return dropped;
}
