/** Pinned pictures inside a PNG: the part that is seen, small, with its mask where it is cut out. */
import * as z from 'zod';
import { carried, type EngineApi, type PngText } from '../../../workers/api.ts';
import { readSlice, type Slice } from '../../storage/slice.ts';
import { activeCutOut, cutOutName, seenRegion, type PinnedPicture, type PinnedSubject } from '../compose/pins/pins.ts';
import { keepSubject, subjectBlob, takePicture } from '../compose/pins/subject-library.ts';
import type { Recipe } from './picture-record.ts';

/** Keyword of the list that says which file in the PNG is which pin's. */
const keyword = 'pinword-subjects';

const hash = z.string().length(64);

const entrySchema = z.object({
  /** Places in the recipe's lists. */
  pin: z.int().nonnegative(),
  subject: z.int().nonnegative(),
  /** SHA-256 of a file in the same PNG, in hex. */
  picture: hash,
  /** Null where the picture is seen as it is. The region may reach over its edge. */
  cutOut: z
    .object({ mask: hash, region: z.object({ x: z.number(), y: z.number(), size: z.number().positive() }) })
    .nullable(),
});
type Entry = z.infer<typeof entrySchema>;

const listSlice: Slice<Entry[]> = {
  key: 'carried',
  version: 1,
  schema: z.array(entrySchema).max(carried.files),
  migrations: {},
};

/** Whether a file would have to carry it to open elsewhere: samples come with every site, embeddings are files of their own. */
function isCarriable(subject: PinnedSubject): subject is PinnedPicture {
  return subject.kind === 'picture' && (subject.sample === null || activeCutOut(subject) !== null);
}

/** The pictures that would travel with a file. */
export function carriable({ compose }: Pick<Recipe, 'compose'>): readonly PinnedPicture[] {
  return compose.pins.flatMap(({ subjects }) => subjects.filter(isCarriable));
}

interface Filled {
  readonly png: Blob;
  /** Names of pinned pictures that could not be put into it. */
  readonly left: readonly string[];
}

/** The same PNG with its pinned pictures inside. Where that fails it is as it was, and all of them are named. */
export async function withPinned(
  engine: Pick<EngineApi, 'shrinkPicture' | 'fillPng'>,
  png: Blob,
  recipe: Pick<Recipe, 'compose'>,
): Promise<Filled> {
  const files = new Map<string, Blob>();
  const entries: Entry[] = [];
  const left: string[] = [];
  for (const [pin, { subjects }] of recipe.compose.pins.entries()) {
    for (const [subject, picture] of subjects.entries()) {
      if (!isCarriable(picture)) continue;
      const packed = files.size + 2 > carried.files ? null : await packedPicture(engine, picture);
      if (packed === null) {
        left.push(picture.name);
        continue;
      }
      for (const file of packed.files) files.set(file.hash, file.bytes);
      entries.push({ pin, subject, ...packed.entry });
    }
  }
  if (entries.length === 0) return { png, left };
  const text = JSON.stringify({ version: listSlice.version, data: entries });
  const filled = await engine.fillPng(png, [{ keyword, text }], [...files.values()]);
  if (filled.ok) return { png: filled.value, left };
  return { png, left: carriable(recipe).map(({ name }) => name) };
}

interface Packed {
  readonly entry: Omit<Entry, 'pin' | 'subject'>;
  readonly files: readonly { readonly hash: string; readonly bytes: Blob }[];
}

async function packedPicture(engine: Pick<EngineApi, 'shrinkPicture'>, picture: PinnedPicture): Promise<Packed | null> {
  const cutOut = activeCutOut(picture);
  const image = await subjectBlob(picture.id);
  const mask = cutOut === null ? null : await subjectBlob(cutOut.mask);
  if (image === null || (cutOut !== null && mask === null)) return null;
  const small = await engine.shrinkPicture({ image, region: seenRegion(picture), mask }, carried.edge);
  if (!small.ok) return null;
  const { image: seen, mask: its, region } = small.value;
  const files = [seen, ...(its === null ? [] : [its])];
  if (files.some(({ bytes }) => bytes.size > carried.fileBytes)) return null;
  return { files, entry: { picture: seen.hash, cutOut: its === null ? null : { mask: its.hash, region } } };
}

/** The same PNG without the pinned pictures that it came with. @returns null where that fails */
export async function withoutPinned(engine: Pick<EngineApi, 'fillPng'>, png: Blob): Promise<Blob | null> {
  const text = JSON.stringify({ version: listSlice.version, data: [] });
  const bare = await engine.fillPng(png, [{ keyword, text }], []);
  return bare.ok ? bare.value : null;
}

interface CarriedPicture {
  readonly picture: Blob;
  readonly cutOut: null | {
    readonly mask: Blob;
    readonly hash: string;
    readonly region: PinnedPicture['region'];
  };
}

/** By the places of pin and subject in the recipe's lists. */
export type CarriedPictures = (pin: number, subject: number) => CarriedPicture | null;

export const nothingCarried: CarriedPictures = () => null;

/** What a file brings along; nothing is kept of it yet. */
export async function carriedIn(
  engine: Pick<EngineApi, 'readPngText' | 'readPngFiles'>,
  png: Blob,
): Promise<CarriedPictures> {
  const chunks = await engine.readPngText(png);
  const entries = chunks.ok ? entriesIn(chunks.value) : [];
  const read = entries.length === 0 ? null : await engine.readPngFiles(png);
  if (read?.ok !== true) return nothingCarried;
  const files = new Map(read.value.map((file) => [file.hash, file.bytes]));
  return (pin, subject) => {
    const entry = entries.find((other) => other.pin === pin && other.subject === subject);
    const picture = files.get(entry?.picture ?? '');
    if (entry === undefined || picture === undefined) return null;
    if (entry.cutOut === null) return { picture, cutOut: null };
    const { mask, region } = entry.cutOut;
    const bytes = files.get(mask);
    return { picture, cutOut: bytes === undefined ? null : { mask: bytes, hash: mask, region } };
  };
}

function entriesIn(chunks: readonly PngText[]): readonly Entry[] {
  const chunk = chunks.find((other) => other.keyword === keyword);
  if (chunk === undefined) return [];
  try {
    return readSlice(listSlice, JSON.parse(chunk.text)) ?? [];
  } catch {
    return [];
  }
}

/** A region may reach over the edge, but no further than a subject that fills the picture needs. */
export function showsSome(
  { width, height }: Pick<PinnedPicture, 'width' | 'height'>,
  { x, y, size }: PinnedPicture['region'],
): boolean {
  return x < width && y < height && x + size > 0 && y + size > 0 && size <= 2 * Math.max(width, height);
}

/**
 * The pinned picture as the file brings it, its bytes checked and kept as those of any picture.
 * @param missing gets the name of a cut-out that cannot be had
 * @returns null where the file brings no picture that can be pinned
 */
export async function takeCarried(
  engine: Pick<EngineApi, 'inspectImage'>,
  subject: PinnedPicture,
  { picture, cutOut }: CarriedPicture,
  missing: string[],
): Promise<PinnedPicture | null> {
  const taken = await takePicture(engine, picture, { name: subject.name, sample: null });
  if (!taken.ok) return null;
  const wanted = activeCutOut(subject);
  if (wanted === null) return taken.value;
  if (cutOut === null || !(await engine.inspectImage(cutOut.mask)).ok || !showsSome(taken.value, cutOut.region)) {
    missing.push(cutOutName(subject));
    return taken.value;
  }
  const mask = await keepSubject(cutOut.mask, cutOut.hash);
  return { ...taken.value, cutOut: { mask, backdrop: wanted.backdrop, region: cutOut.region, isOn: true } };
}
