/** Files to pictures: those of ours, which carry their recipe. */
import { galleryStore, insertPictures } from '../gallery-store.ts';
import type { PictureRecord } from '../picture-record.ts';
import { recipeOfFile } from '../reuse.ts';
import type { PngFiller } from '../save-pictures.ts';
import { bringSubjects, type SubjectReader } from './bring-subjects.ts';
import { isIndexName, isPictureName, readIndex, type IndexEntry } from './folder-index.ts';
import { nameIn, type PathFile } from './folder.ts';
import { KnownPictures } from './known-pictures.ts';
import type { Control } from './transfer-store.ts';

export interface ReadOutcome {
  readonly added: number;
  /** Pictures that were here before. */
  readonly known: number;
  /** Pinned pictures that came with them into the subject library. */
  readonly subjects: number;
  /** Names of PNG files that hold no recipe of ours, or no picture, or cannot be read. */
  readonly leftOut: readonly string[];
  /** What ended it: the browser kept no more, or it was stopped; null where all files were read. */
  readonly end: 'full' | 'stopped' | null;
}

/** What reading asks of the engine. */
export type PictureReader = SubjectReader & Pick<PngFiller, 'fillPng'>;

/** Pictures that are put into the gallery at once: each time it is drawn anew. */
const atOnce = 20;

/**
 * Takes pictures into the gallery, each once: what differs from a picture that is here by no more than what
 * is pinned inside is that picture. Times and stars come from the folder's index, where it has one.
 */
export async function readPictures(
  engine: PictureReader,
  files: readonly PathFile[],
  { signal, onProgress }: Control,
): Promise<ReadOutcome> {
  const pngs = files.filter(({ path }) => isPictureName(nameIn(path)));
  const entries = await entriesByPath(files);
  const here = new KnownPictures(engine, galleryStore.getState().pictures);
  const leftOut: string[] = [];
  let waiting: PictureRecord[] = [];
  let [added, known] = [0, 0];
  let subjects = 0;
  const put = async (): Promise<boolean> => {
    const kept = await insertPictures(waiting);
    const areAllKept = kept === waiting.length;
    added += kept;
    for (const picture of waiting.slice(0, kept)) subjects += (await bringSubjects(engine, picture)).length;
    waiting = [];
    return areAllKept;
  };
  const outcome = (end: ReadOutcome['end']): ReadOutcome => ({ added, known, subjects, leftOut, end });
  for (const [index, { path, read }] of pngs.entries()) {
    if (signal.aborted) return outcome((await put()) ? 'stopped' : 'full');
    const entry = entries.get(path) ?? null;
    const file = await read().catch(() => null);
    const picture = file === null ? null : await pictureOf(engine, file, entry);
    if (picture === null) leftOut.push(nameIn(path));
    else if (await here.has(picture)) known += 1;
    else waiting.push(here.add(picture));
    if (waiting.length === atOnce && !(await put())) return outcome('full');
    onProgress(index + 1, pngs.length);
  }
  return outcome((await put()) ? null : 'full');
}

/** What each index says of the files beside it, by their paths. */
async function entriesByPath(files: readonly PathFile[]): Promise<ReadonlyMap<string, IndexEntry>> {
  const entries = new Map<string, IndexEntry>();
  for (const { path, read } of files.filter((each) => isIndexName(nameIn(each.path)))) {
    const folder = path.slice(0, path.length - nameIn(path).length);
    const file = await read().catch(() => null);
    for (const entry of (file === null ? null : await readIndex(file)) ?? [])
      entries.set(`${folder}${entry.file}`, entry);
  }
  return entries;
}

/** @returns null where it is no picture of ours */
async function pictureOf(engine: PictureReader, file: File, entry: IndexEntry | null): Promise<PictureRecord | null> {
  const recipe = await recipeOfFile(engine, file);
  if (recipe === null) return null;
  const inspected = await engine.inspectImage(file);
  if (!inspected.ok) return null;
  const { width, height } = inspected.value;
  // A Blob of its own: the file can change or vanish.
  const bytes = await file.arrayBuffer().catch(() => null);
  if (bytes === null) return null;
  return {
    id: entry?.id ?? crypto.randomUUID(),
    createdAt: entry?.createdAt ?? file.lastModified,
    png: new Blob([bytes], { type: 'image/png' }),
    width,
    height,
    flagged: entry?.flagged ?? null,
    comparison: entry?.comparison ?? null,
    isStarred: entry?.isStarred ?? false,
    isForeign: true,
    recipe,
  };
}
