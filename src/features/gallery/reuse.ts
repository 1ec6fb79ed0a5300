/** "Use these settings again": from a picture in the gallery, or from a PNG of ours that is dropped on the page. */
import type { EngineApi } from '../../../workers/api.ts';
import { reinstallEmbedding } from '../compose/embeddings.ts';
import type { ComposeData, PinnedSubject } from '../compose/pins.ts';
import { takeSample } from '../compose/samples.ts';
import { subjectBlob } from '../compose/subject-library.ts';
import { fillIn } from './draft.ts';
import { readRecipe } from './metadata.ts';
import type { Recipe } from './picture-record.ts';

type Inspector = Pick<EngineApi, 'inspectImage'>;

/** The picture where its bytes are still here, or come with the site. */
async function findSubject(engine: Inspector, subject: PinnedSubject): Promise<PinnedSubject | null> {
  if ((await subjectBlob(subject.id)) !== null) return subject;
  if (subject.kind === 'embedding' || subject.sample === null) return null;
  const taken = await takeSample(engine, subject.sample, subject.name);
  return taken.ok && taken.value.id === subject.id ? subject : null;
}

interface Reused {
  /** Names of pinned pictures and of embeddings that are not in this browser: a PNG carries only their hashes. */
  readonly missing: readonly string[];
  readonly putBack: ReturnType<typeof fillIn>;
}

export async function applyRecipe(engine: Inspector, { compose, embeddings, settings }: Recipe): Promise<Reused> {
  const missing: string[] = [];
  const pins: ComposeData['pins'] = [];
  for (const pin of compose.pins) {
    const found = await Promise.all(pin.subjects.map((subject) => findSubject(engine, subject)));
    const subjects = found.filter((subject) => subject !== null);
    missing.push(...pin.subjects.filter((_, index) => found[index] === null).map(({ name }) => name));
    if (subjects.length > 0) pins.push({ ...pin, subjects });
  }
  for (const embedding of embeddings) {
    if ((await subjectBlob(embedding.id)) === null) missing.push(embedding.name);
    else reinstallEmbedding(embedding);
  }
  // The seed stays as it is, or the same settings would give another picture.
  const putBack = fillIn({ caption: compose.caption, pins }, { ...settings, seedLocked: true });
  return { missing, putBack };
}

/** @returns null where the file is not a PNG with our settings in it. */
export async function recipeOfFile(engine: Pick<EngineApi, 'readPngText'>, file: Blob): Promise<Recipe | null> {
  const chunks = await engine.readPngText(file);
  return chunks.ok ? readRecipe(chunks.value) : null;
}
