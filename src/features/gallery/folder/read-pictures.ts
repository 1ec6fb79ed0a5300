/** Files to pictures: those of ours, which carry their recipe. */
import type { EngineApi } from '../../../../workers/api.ts';
import { galleryStore, insertPictures } from '../gallery-store.ts';
import type { PictureRecord } from '../picture-record.ts';
import { recipeOfFile } from '../reuse.ts';
import { isIndexName, readIndex, type IndexEntry } from './folder-index.ts';
import type { PathFile } from './folder.ts';
import { haveSameBytes } from './same-bytes.ts';
import type { Control } from './transfer-store.ts';

export interface ReadOutcome {
  readonly added: number;
  /** Pictures that were here before. */
  readonly known: number;
  /** Names of PNG files that hold no recipe of ours, or no picture. */
  readonly leftOut: readonly string[];
  /** What ended it: the browser kept no more, or it was stopped; null where all files were read. */
  readonly end: 'full' | 'stopped' | null;
}

/** Pictures that are put into the gallery at once: each time it is drawn anew. */
const atOnce = 20;

/**
 * Takes pictures into the gallery, each once: what has the bytes of a picture that is here is that picture. Times and stars
 * come from the folder's index, where it has one.
 */
export async function readPictures(
  engine: Pick<EngineApi, 'inspectImage' | 'readPngText'>,
  files: readonly PathFile[],
  { signal, onProgress }: Control,
): Promise<ReadOutcome> {
  const pngs = files.filter(({ file }) => /\.png$/iu.test(file.name));
  const entries = await entriesByPath(files);
  const here = new KnownPictures(galleryStore.getState().pictures);
  const leftOut: string[] = [];
  let waiting: PictureRecord[] = [];
  let [added, known] = [0, 0];
  const put = async (): Promise<boolean> => {
    const kept = await insertPictures(waiting);
    const areAllKept = kept === waiting.length;
    added += kept;
    waiting = [];
    return areAllKept;
  };
  for (const [index, { path, file }] of pngs.entries()) {
    if (signal.aborted) {
      const end = (await put()) ? 'stopped' : 'full';
      return { added, known, leftOut, end };
    }
    const entry = entries.get(path) ?? null;
    const picture = await pictureOf(engine, file, entry);
    if (picture === null) leftOut.push(file.name);
    else if (await here.has(picture)) known += 1;
    else waiting.push(here.add(picture));
    if (waiting.length === atOnce && !(await put())) return { added, known, leftOut, end: 'full' };
    onProgress(index + 1, pngs.length);
  }
  const end = (await put()) ? null : 'full';
  return { added, known, leftOut, end };
}

/** What each index says of the files beside it, by their paths. */
async function entriesByPath(files: readonly PathFile[]): Promise<ReadonlyMap<string, IndexEntry>> {
  const entries = new Map<string, IndexEntry>();
  for (const { path, file } of files.filter((each) => isIndexName(each.file.name))) {
    const folder = path.slice(0, path.length - file.name.length);
    for (const entry of (await readIndex(file)) ?? []) entries.set(`${folder}${entry.file}`, entry);
  }
  return entries;
}

/** @returns null where it is no picture of ours */
async function pictureOf(
  engine: Pick<EngineApi, 'inspectImage' | 'readPngText'>,
  file: File,
  entry: IndexEntry | null,
): Promise<PictureRecord | null> {
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

/** Pictures that are here or were just read. */
class KnownPictures {
  readonly #bySize = new Map<number, PictureRecord[]>();
  readonly #byId = new Map<string, PictureRecord>();

  constructor(pictures: readonly PictureRecord[]) {
    for (const picture of pictures) this.#note(picture);
  }

  #note(picture: PictureRecord): void {
    this.#bySize.set(picture.png.size, [...(this.#bySize.get(picture.png.size) ?? []), picture]);
    this.#byId.set(picture.id, picture);
  }

  async has(picture: PictureRecord): Promise<boolean> {
    // The same picture may have been saved once with more beside its pixels.
    const named = this.#byId.get(picture.id);
    if (named !== undefined && JSON.stringify(named.recipe) === JSON.stringify(picture.recipe)) return true;
    for (const { png } of this.#bySize.get(picture.png.size) ?? []) {
      if (await haveSameBytes(png, picture.png).catch(() => false)) return true;
    }
    return false;
  }

  /** @returns the picture, under an id that no other has */
  add(picture: PictureRecord): PictureRecord {
    const own = this.#byId.has(picture.id) ? { ...picture, id: crypto.randomUUID() } : picture;
    this.#note(own);
    return own;
  }
}
