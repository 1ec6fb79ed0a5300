/** "Use these settings again": from a picture in the gallery, or from a PNG of ours that is dropped on the page. */
import type { EngineApi } from '../../../workers/api.ts';
import { embeddingStore, reinstallEmbedding } from '../compose/embeddings/embeddings.ts';
import { cutOutName, withoutCutOut, type ComposeData, type PinnedSubject } from '../compose/pins/pins.ts';
import { forgetSubjects, libraryStore } from '../compose/library/library-store.ts';
import { takeSample } from '../compose/pins/samples.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import { findStart } from '../start/find-start.ts';
import type { Start } from '../start/start-store.ts';
import { nothingCarried, type CarriedPictures } from './carried.ts';
import { fillIn } from './draft.ts';
import { checkRecipe, isBounded, type CheckedRecipe } from './foreign-recipe.ts';
import { readRecipe } from './metadata.ts';
import type { Recipe } from './picture-record.ts';

/** The picture where its bytes are still here, or come with the site. */
async function findSubject(
  engine: Pick<EngineApi, 'inspectImage'>,
  subject: PinnedSubject,
): Promise<PinnedSubject | null> {
  if ((await subjectBlob(subject.id)) !== null) return subject;
  if (subject.kind === 'embedding' || subject.sample === null) return null;
  const taken = await takeSample(engine, subject.sample, subject.name);
  return taken.ok && taken.value.id === subject.id ? subject : null;
}

/** Pictures whose masks are still here stay cut out; the others are named. */
async function withTheirMasks(subjects: readonly PinnedSubject[], missing: string[]): Promise<PinnedSubject[]> {
  return Promise.all(
    subjects.map(async (subject) => {
      if (subject.kind === 'embedding' || subject.cutOut === undefined) return subject;
      if ((await subjectBlob(subject.cutOut.mask)) !== null) return subject;
      missing.push(cutOutName(subject));
      return withoutCutOut(subject);
    }),
  );
}

interface Reused {
  /** Names of pinned pictures and of embeddings that are not in this browser. */
  readonly missing: readonly string[];
  /** Takes all of it back; null where nothing of the person's own was replaced. */
  readonly putBack: (() => void) | null;
}

/** The recipe of a picture that was made here: what went with it is installed again. */
export async function applyRecipe(
  engine: Pick<EngineApi, 'inspectImage'>,
  { compose, embeddings, settings, start }: Recipe,
): Promise<Reused> {
  const missing: string[] = [];
  const pins: ComposeData['pins'] = [];
  for (const pin of compose.pins) {
    const found = await Promise.all(pin.subjects.map((subject) => findSubject(engine, subject)));
    const subjects = await withTheirMasks(
      found.filter((subject) => subject !== null),
      missing,
    );
    missing.push(...pin.subjects.filter((_, index) => found[index] === null).map(({ name }) => name));
    if (subjects.length > 0) pins.push({ ...pin, subjects });
  }
  const present = await Promise.all(embeddings.map(async ({ id }) => (await subjectBlob(id)) !== null));
  missing.push(...embeddings.filter((_, index) => present[index] === false).map(({ name }) => name));
  const before = embeddingStore.getState();
  for (const embedding of embeddings.filter((_, index) => present[index])) reinstallEmbedding(embedding);
  const isChanged = JSON.stringify(before) !== JSON.stringify(embeddingStore.getState());
  const from = start === undefined ? null : await findStart(engine, start, missing);
  const putBack = fill(compose.caption, pins, settings, from);
  if (!isChanged) return { missing, putBack };
  return {
    missing,
    putBack: () => {
      putBack?.();
      embeddingStore.setState(before);
    },
  };
}

/** The recipe in a file. @param carried the pictures that the file brings along */
export async function applyForeignRecipe(
  engine: Pick<EngineApi, 'inspectImage' | 'inspectEmbedding'>,
  foreign: Recipe,
  carried: CarriedPictures = nothingCarried,
): Promise<Reused & Pick<CheckedRecipe, 'brought'>> {
  const { recipe, missing, brought }: CheckedRecipe = await checkRecipe(engine, foreign, carried);
  const known = new Set(libraryStore.getState().entries.map(({ id }) => id));
  const { pins } = recipe.compose;
  const putBack = fill(recipe.compose.caption, pins, recipe.settings, recipe.start ?? null, brought > 0);
  if (putBack === null) return { missing, brought, putBack };
  return {
    missing,
    brought,
    // What came into the library with it goes too.
    putBack: () => {
      putBack();
      const ids = pins.flatMap(({ subjects }) => subjects.map(({ id }) => id));
      forgetSubjects(new Set(ids.filter((id) => !known.has(id))));
    },
  };
}

/** The seed stays as it is, or the same settings would give another picture. */
function fill(
  caption: string,
  pins: ComposeData['pins'],
  settings: Recipe['settings'],
  start: Start | null,
  isForeign = false,
): (() => void) | null {
  return fillIn({ caption, pins }, { ...settings, seedLocked: true }, start, isForeign);
}

/** @returns null where the file is not a PNG with our settings in it. */
export async function recipeOfFile(engine: Pick<EngineApi, 'readPngText'>, file: Blob): Promise<Recipe | null> {
  const chunks = await engine.readPngText(file);
  const recipe = chunks.ok ? readRecipe(chunks.value) : null;
  return recipe !== null && isBounded(recipe) ? recipe : null;
}
