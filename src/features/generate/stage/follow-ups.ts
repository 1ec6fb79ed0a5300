/** What a finished picture can be the beginning of: a subject, one that starts from it, a larger one, others like it. */
import { settingTable, type ModelSummary } from '../../../../workers/api.ts';
import { toast } from '../../../ui/toast.ts';
import { embeddingStore, reinstallEmbedding } from '../../compose/embeddings/embeddings.ts';
import { askWordsOf } from '../../compose/wells/placing.ts';
import { subjectBlob, takePicture } from '../../compose/pins/subject-library.ts';
import { fileName } from '../../gallery/metadata.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { randomSeed } from '../../settings/settings.ts';
import { largerSize } from '../../start/start-size.ts';
import { takeStart } from '../../start/take-start.ts';
import type { Engine } from '../run/controller.ts';
import { enqueue } from '../queue/queue.ts';

/** Of a second pass: enough for new detail, too little for another layout. */
const strengthOfLarger = 0.5;

/** How far the noise of others like it goes towards other seeds. */
const variationOfOthers = 0.25;
const othersAtOnce = 4;

/** By how much the picture is made larger; null where it is as large as pictures can be made. */
export function factorOfLarger(record: PictureRecord, model: ModelSummary | null): number | null {
  const sizes = model ?? { nativeSize: record.width, sizeMultiple: settingTable.width.step };
  return largerSize(record, sizes, settingTable.width.max)?.factor ?? null;
}

export async function startFrom(engine: Engine, record: PictureRecord): Promise<void> {
  const problem = await takeStart(engine, record.png, { name: fileName(record.recipe), keepsSize: true });
  if (problem !== null) toast.error(problem);
}

/** Asks which word the picture belongs to: what dropping it on the word does, without a mouse. */
export async function pinOnWord({ png, recipe }: PictureRecord): Promise<void> {
  for (const problem of await askWordsOf([new File([png], fileName(recipe), { type: png.type })])) toast.error(problem);
}

/** A second pass over the picture, enlarged, with what it was made of. */
export async function makeLarger(engine: Engine, record: PictureRecord, model: ModelSummary | null): Promise<void> {
  const { recipe } = record;
  const sizes = model ?? { nativeSize: record.width, sizeMultiple: settingTable.width.step };
  const size = largerSize(record, sizes, settingTable.width.max);
  if (size === null || !(await hasEmbeddings(record))) return;
  const taken = await takePicture(engine, record.png, { name: fileName(recipe), sample: null });
  if (!taken.ok) {
    toast.error(taken.error.message);
    return;
  }
  const { id, name, width, height } = taken.value;
  const settings = {
    ...recipe.settings,
    width: size.width,
    height: size.height,
    strength: strengthOfLarger,
    variation: 0,
  };
  const start = { picture: { id, name, width, height }, mask: null };
  await enqueue([{ compose: recipe.compose, settings, start, comparison: null }]);
}

/** Pictures of the same seed with a little of other noise. */
export async function makeOthers(record: PictureRecord): Promise<void> {
  if (!(await hasEmbeddings(record))) return;
  const { compose, settings, start } = record.recipe;
  const variation = settings.variation > 0 ? settings.variation : variationOfOthers;
  const others = { ...settings, variation, variationSeed: randomSeed(), count: othersAtOnce };
  await enqueue([{ compose, settings: others, comparison: null, ...(start === undefined ? {} : { start }) }]);
}

/** Those that the recipe names are installed again. @returns false, and says so, where one is gone */
async function hasEmbeddings({ recipe, isForeign = false }: PictureRecord): Promise<boolean> {
  const { embeddings: installed } = embeddingStore.getState();
  const missing: string[] = [];
  for (const embedding of recipe.embeddings) {
    if (installed.some(({ id, trigger }) => id === embedding.id && trigger === embedding.trigger)) continue;
    // What a file names is not installed by it.
    if (isForeign || (await subjectBlob(embedding.id)) === null) missing.push(embedding.name);
    else reinstallEmbedding(embedding);
  }
  if (missing.length === 0) return true;
  toast.error(`These files are no longer in this browser: ${missing.join(', ')}. Add them again first.`);
  return false;
}
