/**
 * A recipe out of a file, which anybody may have written. What can be looked up is looked up, the rest is bounded: it
 * installs nothing, fetches nothing but the site's own samples, and leaves the check of results as it is. Pictures that the
 * file carries are checked as any that a person pins, and known by the hash of what they are.
 */
import { plainWord, splitWords, type EngineApi } from '../../../workers/api.ts';
import { embeddingStore } from '../compose/embeddings/embeddings.ts';
import {
  activeCutOut,
  centredSquare,
  cutOutName,
  withoutCutOut,
  type PinnedEmbedding,
  type PinnedPicture,
  type PinnedSubject,
} from '../compose/pins/pins.ts';
import { loadSamples, takeSample } from '../compose/pins/samples.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import { findStart } from '../start/find-start.ts';
import { idsOfStart } from '../start/start-store.ts';
import { settingsStore } from '../settings/settings.ts';
import { longestForeignText } from '../settings/url-parameters.ts';
import { nothingCarried, showsSome, takeCarried, type CarriedPictures } from './carried.ts';
import type { Recipe } from './picture-record.ts';

type Inspector = Pick<EngineApi, 'inspectImage' | 'inspectEmbedding'>;

/** Of what a person would make, many times over. A caption has room for 75 tokens. */
const most = { text: longestForeignText, name: 255, pins: 75, subjects: 16, embeddings: 75 } as const;

/** Whether a recipe is no larger than one that a person made. */
export function isBounded({ compose, embeddings, settings, model, start }: Recipe): boolean {
  const subjects = compose.pins.flatMap((pin) => pin.subjects);
  const names = [
    ...compose.pins.map(({ anchor }) => anchor),
    ...[...subjects, ...embeddings].flatMap(({ id, name }) => [id, name]),
    ...embeddings.map(({ trigger }) => trigger),
    ...subjects.map((subject) => (subject.kind === 'picture' ? (subject.cutOut?.mask ?? '') : '')),
    model.id,
    model.name,
    model.look ?? '',
    model.tiny ?? '',
    start?.picture.name ?? '',
    ...idsOfStart(start),
  ];
  return (
    compose.caption.length <= most.text &&
    settings.negativePrompt.length <= most.text &&
    compose.pins.length <= most.pins &&
    compose.pins.every((pin) => pin.subjects.length <= most.subjects) &&
    embeddings.length <= most.embeddings &&
    names.every(({ length }) => length <= most.name)
  );
}

export interface CheckedRecipe {
  readonly recipe: Recipe;
  /** Names of pinned files and of embeddings that are neither here nor in the file. */
  readonly missing: readonly string[];
  /** How many pinned pictures the file brought along. */
  readonly brought: number;
}

/** What of a recipe is true of this browser. @param carried what the file brings along, which counts where this browser has less */
export async function checkRecipe(
  engine: Inspector,
  { compose, embeddings, settings, start, ...rest }: Recipe,
  carried: CarriedPictures = nothingCarried,
): Promise<CheckedRecipe> {
  const missing: string[] = [];
  let brought = 0;
  const pins: Recipe['compose']['pins'] = [];
  for (const [place, pin] of compose.pins.entries()) {
    const subjects: PinnedSubject[] = [];
    for (const [index, subject] of pin.subjects.entries()) {
      const inFile = carried(place, index);
      const taken =
        subject.kind === 'embedding' || inFile === null || (await isHere(subject))
          ? null
          : await takeCarried(engine, subject, inFile, missing);
      if (taken !== null) brought += 1;
      const found = taken ?? (await findSubject(engine, subject));
      if (found === null) missing.push(subject.name);
      else if (taken !== null || found.kind === 'embedding') subjects.push(found);
      else subjects.push(await withCheckedCutOut(engine, found, missing));
    }
    if (subjects.length > 0) pins.push({ ...pin, subjects, word: wordOf(compose.caption, pin) });
  }
  const { embeddings: installed } = embeddingStore.getState();
  for (const { id, trigger, name } of embeddings) {
    if (!installed.some((other) => other.id === id && other.trigger === trigger)) missing.push(name);
  }
  const from = start === undefined ? null : await findStart(engine, start, missing);
  const { checkResult } = settingsStore.getState();
  return {
    recipe: {
      ...rest,
      ...(from === null ? {} : { start: from }),
      compose: { caption: compose.caption, pins },
      embeddings: [],
      settings: { ...settings, checkResult },
    },
    missing,
    brought,
  };
}

/** Whether this browser has all that is seen of a picture. */
async function isHere(picture: PinnedPicture): Promise<boolean> {
  const cutOut = activeCutOut(picture);
  const ids = [picture.id, ...(cutOut === null ? [] : [cutOut.mask])];
  const blobs = await Promise.all(ids.map((id) => subjectBlob(id)));
  return blobs.every((blob) => blob !== null);
}

/** Browsers may cut a text without spaces differently: where the word at the index is another one, its like is taken. */
function wordOf(caption: string, { word, anchor }: Recipe['compose']['pins'][number]): number {
  const words = splitWords(caption).map(plainWord);
  const other = words[word] === anchor ? -1 : words.indexOf(anchor);
  return other < 0 ? word : other;
}

async function findSubject(engine: Inspector, subject: PinnedSubject): Promise<PinnedSubject | null> {
  const bytes = await subjectBlob(subject.id);
  if (subject.kind === 'embedding') return bytes === null ? null : checkEmbedding(engine, subject, bytes);
  const sample = (await loadSamples()).find(({ file }) => file === subject.sample);
  if (bytes !== null) return checkPicture(engine, { ...subject, sample: sample?.file ?? null }, bytes);
  if (sample === undefined) return null;
  const taken = await takeSample(engine, sample.file, sample.title);
  if (!taken.ok || taken.value.id !== subject.id) return null;
  const { cutOut } = subject;
  const region = regionIn(taken.value, subject.region);
  return { ...taken.value, region, ...(cutOut === undefined ? {} : { cutOut }) };
}

async function checkEmbedding(
  engine: Inspector,
  subject: PinnedEmbedding,
  bytes: Blob,
): Promise<PinnedEmbedding | null> {
  const read = await engine.inspectEmbedding(new File([bytes], subject.name), false);
  return read.ok ? { ...subject, vectors: read.value.vectors } : null;
}

async function checkPicture(engine: Inspector, subject: PinnedPicture, bytes: Blob): Promise<PinnedPicture | null> {
  const read = await engine.inspectImage(bytes);
  if (!read.ok) return null;
  const { width, height } = read.value;
  return { ...subject, width, height, region: regionIn({ width, height }, subject.region) };
}

/** The picture as it is cut out, where the mask is here, is one, and its region shows some of the picture; else as it is. */
async function withCheckedCutOut(engine: Inspector, picture: PinnedPicture, missing: string[]): Promise<PinnedPicture> {
  const { cutOut } = picture;
  if (cutOut === undefined) return picture;
  const mask = await subjectBlob(cutOut.mask);
  if (mask !== null && (await engine.inspectImage(mask)).ok && showsSome(picture, cutOut.region)) return picture;
  missing.push(cutOutName(picture));
  return withoutCutOut(picture);
}

/** The region where it lies in the picture; else the whole. */
function regionIn(
  picture: Pick<PinnedPicture, 'width' | 'height'>,
  region: PinnedPicture['region'],
): PinnedPicture['region'] {
  const { x, y, size } = region;
  return x + size <= picture.width && y + size <= picture.height ? region : centredSquare(picture);
}
