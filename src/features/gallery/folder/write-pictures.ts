/** Pictures to files: into a folder, or as the entries of a zip. */
import { carriable } from '../carried.ts';
import type { ZipEntry } from '../gallery-zip.ts';
import type { PictureRecord } from '../picture-record.ts';
import { fileOf, type PngFiller } from '../save-pictures.ts';
import { nameOfPicture, TakenNames } from './file-names.ts';
import { entryOfPicture, indexFile, indexName, readIndex, type IndexEntry } from './folder-index.ts';
import type { Folder } from './folder.ts';
import { haveSameBytes } from './same-bytes.ts';
import { areSamePicture } from './same-picture.ts';
import type { Control } from './transfer-store.ts';

export interface Written {
  /** How many of the pictures lie in the folder by now. */
  readonly present: number;
  /** Captions of those whose bytes the browser no longer gives. */
  readonly unreadable: readonly string[];
  /** Names of pinned pictures that could not be put into their files. */
  readonly left: readonly string[];
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
 * Adds pictures to a folder. Nothing that lies there is changed but the index, and files of the same pictures that carry
 * what is pinned on them where they should not, or do not where they should. A picture that is there is not written again.
 * @param carries whether files carry the pinned pictures
 * @throws WriteFailed, also where it was stopped; the index then names what is there
 */
export async function writePictures(
  engine: PngFiller,
  pictures: readonly PictureRecord[],
  folder: Folder,
  carries: boolean,
  { signal, onProgress }: Control,
): Promise<Written> {
  const entries = new Map<string, IndexEntry>();
  const unreadable: string[] = [];
  const left: string[] = [];
  let name = indexName;
  const written = (): Written => ({
    present: pictures.filter(({ id }) => entries.has(id)).length,
    unreadable,
    left,
  });
  try {
    const names = await folder.names();
    const place = placer(engine, folder, names, carries);
    const before = await folder.read(indexName);
    const known = before === null ? [] : await readIndex(before);
    // An index of a later version, or a damaged one, is left as it is.
    if (known === null) name = new TakenNames([...names, indexName]).take(indexName);
    const files = new Set(names);
    for (const entry of known ?? []) if (files.has(entry.file)) entries.set(entry.id, entry);
    for (const [index, picture] of pictures.entries()) {
      signal.throwIfAborted();
      const entry = entries.get(picture.id);
      if (entry !== undefined && isAsWanted(picture, entry, carries))
        entries.set(picture.id, entryOfPicture(entry.file, picture, entry.carries));
      else {
        const placed = await place(picture, entry?.file ?? nameOfPicture(picture));
        if (placed === null) unreadable.push(picture.recipe.compose.caption);
        else entries.set(picture.id, entryOfPicture(placed.file, picture, carries));
        left.push(...(placed?.left ?? []));
      }
      onProgress(index + 1, pictures.length);
    }
    await folder.write(name, indexFile([...entries.values()]));
    return written();
  } catch (error) {
    if (entries.size > 0) await folder.write(name, indexFile([...entries.values()])).catch(() => undefined);
    throw new WriteFailed(written(), error);
  }
}

function isAsWanted({ recipe }: PictureRecord, entry: IndexEntry, carries: boolean): boolean {
  return entry.carries === carries || carriable(recipe).length === 0;
}

interface Placed {
  readonly file: string;
  readonly left: readonly string[];
}

/** What puts a picture under a name, or another that is free. It gives null where the picture's bytes are gone. */
function placer(
  engine: PngFiller,
  folder: Folder,
  names: readonly string[],
  carries: boolean,
): (picture: PictureRecord, name: string) => Promise<Placed | null> {
  const taken = new TakenNames([...names, indexName]);
  const files = new Set(names);
  return async (picture, name) => {
    const png = await bytesOf(picture);
    if (png === null) return null;
    const filled = await fileOf(engine, { ...picture, png }, carries);
    const { left } = filled;
    // The index may not tell of it, or the file was written with another wish.
    const there = files.has(name) ? await folder.read(name) : null;
    if (there !== null && (await areSamePicture(engine, there, png))) {
      if (!(await haveSameBytes(there, filled.png))) await folder.write(name, filled.png);
      return { file: name, left };
    }
    const file = taken.take(name);
    await folder.write(file, filled.png);
    return { file, left };
  };
}

async function bytesOf({ png }: PictureRecord): Promise<Blob | null> {
  return png.arrayBuffer().then(
    (bytes) => new Blob([bytes], { type: png.type }),
    () => null,
  );
}

/**
 * Pictures under names that differ in any file system, then the index.
 * @param left gets the names of pinned pictures that could not be taken along
 * @throws what `signal` was aborted with
 */
export async function* zipWithIndex(
  engine: PngFiller,
  pictures: readonly PictureRecord[],
  carries: boolean,
  left: string[],
  { signal, onProgress }: Control,
): AsyncGenerator<ZipEntry, void> {
  const taken = new TakenNames([indexName]);
  const entries: IndexEntry[] = [];
  for (const [index, picture] of pictures.entries()) {
    signal.throwIfAborted();
    const name = taken.take(nameOfPicture(picture));
    const filled = await fileOf(engine, picture, carries);
    left.push(...filled.left);
    entries.push(entryOfPicture(name, picture, carries));
    yield { name, lastModified: new Date(picture.createdAt), input: filled.png };
    onProgress(index + 1, pictures.length);
  }
  yield { name: indexName, lastModified: new Date(), input: indexFile(entries) };
}
