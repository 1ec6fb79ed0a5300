/** What a folder of pictures says of them beside their recipes: stars, times, comparisons. */
import * as z from 'zod';
import { readSlice, type Slice } from '../../../storage/slice.ts';
import { comparisonSchema, type PictureRecord } from '../picture-record.ts';

export const indexName = 'pinword-gallery.json';
const indexPattern = /^pinword-gallery(?:-\d+)?\.json$/u;

/** Latest time that a Date can hold, in milliseconds since 1970. */
const latest = 8.64e15;
const longestName = 255;
/** Of a comparison, many times over. */
const mostInLine = 1_000;

const entrySchema = z.object({
  /** Beside the index: never a path. */
  file: z.string().min(1).max(longestName),
  id: z.string().min(1).max(longestName),
  createdAt: z.number().min(0).max(latest),
  isStarred: z.boolean().default(false),
  flagged: z.boolean().nullable().default(null),
  comparison: z.unknown(),
  carries: z.boolean().default(false),
});

/** Of one picture. */
export interface IndexEntry extends Pick<PictureRecord, 'id' | 'createdAt' | 'isStarred' | 'flagged' | 'comparison'> {
  readonly file: string;
  /** Whether it was written with what is pinned on it. Until version 0.6 none was. */
  readonly carries: boolean;
}

interface Index {
  readonly pictures: readonly unknown[];
}

const indexSlice: Slice<Index> = {
  key: 'gallery',
  version: 1,
  schema: z.object({ pictures: z.array(z.unknown()) }),
  migrations: {},
};

/** Largest index that is read, in bytes: of some 50,000 pictures. */
const largestIndex = 20e6;

/** Whether a file may be a picture. macOS puts a file "._a.png" of its own beside each, where a disk is not its own. */
export function isPictureName(name: string): boolean {
  return /\.png$/iu.test(name) && !name.startsWith('._');
}

export function isIndexName(name: string): boolean {
  return indexPattern.test(name);
}

/** @returns null where it is none of this or an earlier version; entries that are wrong are left out. */
export async function readIndex(file: Blob): Promise<readonly IndexEntry[] | null> {
  if (file.size > largestIndex) return null;
  try {
    const index = readSlice(indexSlice, JSON.parse(await file.text()));
    return index?.pictures.flatMap(entryOf) ?? null;
  } catch {
    return null;
  }
}

function entryOf(value: unknown): readonly IndexEntry[] {
  const { data: entry } = entrySchema.safeParse(value);
  if (entry === undefined) return [];
  const { data: comparison = null } = comparisonSchema.safeParse(entry.comparison);
  return [{ ...entry, comparison: comparison !== null && isBounded(comparison) ? comparison : null }];
}

function isBounded({ id, axis, label, index, count, row }: NonNullable<PictureRecord['comparison']>): boolean {
  const axes = [{ axis, label, index, count }, ...(row === null ? [] : [row])];
  return (
    id.length <= longestName &&
    axes.every(
      (line) =>
        Math.max(line.axis.length, line.label.length) <= longestName &&
        line.count <= mostInLine &&
        line.index < line.count,
    )
  );
}

export function entryOfPicture(file: string, picture: PictureRecord, carries: boolean): IndexEntry {
  const { id, createdAt, isStarred, flagged, comparison } = picture;
  return { file, id, createdAt, isStarred, flagged, comparison, carries };
}

export function indexFile(entries: readonly IndexEntry[]): Blob {
  const text = JSON.stringify({ version: indexSlice.version, data: { pictures: entries } });
  return new Blob([text], { type: 'application/json' });
}
