/** Pictures to files: into a folder, or as the entries of a zip. */
import type { ZipEntry } from '../gallery-zip.ts';
import type { PictureRecord } from '../picture-record.ts';
import { nameOfPicture, TakenNames } from './file-names.ts';
import { entryOfPicture, indexFile, indexName, readIndex, type IndexEntry } from './folder-index.ts';
import type { Folder } from './folder.ts';
import { haveSameBytes } from './same-bytes.ts';
import type { Control } from './transfer-store.ts';

export interface Written {
  /** How many of the pictures lie in the folder by now. */
  readonly present: number;
  /** Captions of those whose bytes the browser no longer gives. */
  readonly unreadable: readonly string[];
}

/** Ends a transfer before all is done. */
export class WriteFailed extends Error {
  readonly written: Written;

  constructor(written: Written, cause: unknown) {
    super('The pictures could not be written.', { cause });
    this.written = written;
  }
}

/**
 * Adds pictures to a folder. Nothing that lies there is changed but the index; a picture that is there is not written again.
 * @throws WriteFailed, also where it was stopped; the index then names what is there
 */
export async function writePictures(
  pictures: readonly PictureRecord[],
  folder: Folder,
  { signal, onProgress }: Control,
): Promise<Written> {
  const entries = new Map<string, IndexEntry>();
  const unreadable: string[] = [];
  let name = indexName;
  const present = (): number => pictures.filter(({ id }) => entries.has(id)).length;
  try {
    const names = await folder.names();
    const taken = new TakenNames([...names, indexName]);
    const before = await folder.read(indexName);
    const known = before === null ? [] : await readIndex(before);
    // An index of a later version, or a damaged one, is left as it is.
    if (known === null) name = taken.take(indexName);
    const files = new Set(names);
    for (const entry of known ?? []) if (files.has(entry.file)) entries.set(entry.id, entry);
    for (const [index, picture] of pictures.entries()) {
      signal.throwIfAborted();
      const file = entries.get(picture.id)?.file ?? (await place(picture, folder, taken, files));
      if (file === null) unreadable.push(picture.recipe.compose.caption);
      else entries.set(picture.id, entryOfPicture(file, picture));
      onProgress(index + 1, pictures.length);
    }
    await folder.write(name, indexFile([...entries.values()]));
    return { present: present(), unreadable };
  } catch (error) {
    if (entries.size > 0) await folder.write(name, indexFile([...entries.values()])).catch(() => undefined);
    throw new WriteFailed({ present: present(), unreadable }, error);
  }
}

/** @returns the file in which a picture lies by now; null where its bytes are gone */
async function place(
  picture: PictureRecord,
  folder: Folder,
  taken: TakenNames,
  files: ReadonlySet<string>,
): Promise<string | null> {
  const bytes = await bytesOf(picture);
  if (bytes === null) return null;
  const name = nameOfPicture(picture);
  // An earlier transfer may have ended before its index was written.
  const there = files.has(name) ? await folder.read(name) : null;
  if (there !== null && (await haveSameBytes(there, bytes))) return name;
  const free = taken.take(name);
  await folder.write(free, bytes);
  return free;
}

async function bytesOf({ png }: PictureRecord): Promise<Blob | null> {
  return png.arrayBuffer().then(
    (bytes) => new Blob([bytes], { type: png.type }),
    () => null,
  );
}

/** Pictures under names that differ in any file system, then the index. @throws what `signal` was aborted with */
export function* zipWithIndex(
  pictures: readonly PictureRecord[],
  { signal, onProgress }: Control,
): Generator<ZipEntry, void> {
  const taken = new TakenNames([indexName]);
  const entries: IndexEntry[] = [];
  for (const [index, picture] of pictures.entries()) {
    signal.throwIfAborted();
    const name = taken.take(nameOfPicture(picture));
    entries.push(entryOfPicture(name, picture));
    yield { name, lastModified: new Date(picture.createdAt), input: picture.png };
    onProgress(index + 1, pictures.length);
  }
  yield { name: indexName, lastModified: new Date(), input: indexFile(entries) };
}
