/** Textual-inversion embeddings that can be named in the caption and the negative prompt by a word of their own. */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import {
  chunksOf,
  type EmbeddingWord,
  type EngineApi,
  type InstalledEmbedding as EngineEmbedding,
  type ModelSummary,
  type Result,
} from '../../../../workers/api.ts';
import type { Slice } from '../../../storage/slice.ts';
import { keepSubject, subjectBlob } from '../pins/subject-library.ts';

/** Its bytes lie in the subject library under `id`. */
export const installedEmbeddingSchema = z.object({
  /** SHA-256 of the file, in hex. */
  id: z.string().min(1),
  /** Its file name. */
  name: z.string().min(1),
  /** What is typed to mean it. */
  trigger: z.string().regex(/^\P{White_Space}+$/u),
  vectors: z.int().positive(),
  /** Numbers in each vector: it fits models whose token embeddings are as wide. */
  dimension: z.int().positive(),
});
export type InstalledEmbedding = z.infer<typeof installedEmbeddingSchema>;

const embeddingsSchema = z.object({ embeddings: z.array(installedEmbeddingSchema) });
export const embeddingsSlice: Slice<z.infer<typeof embeddingsSchema>> = {
  key: 'embeddings',
  version: 1,
  schema: embeddingsSchema,
  migrations: {},
};

interface EmbeddingsState {
  readonly embeddings: readonly InstalledEmbedding[];
}

export const embeddingStore = createStore<EmbeddingsState>(() => ({ embeddings: [] }));

const { getState, setState } = embeddingStore;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Text as one word of a caption, its white space made hyphens; empty where it holds no word. */
export function joinWords(text: string): string {
  return chunksOf(text)
    .map(({ start, end }) => text.slice(start, end))
    .join('-');
}

/** Words of a caption hold no whitespace, and each means one embedding: a taken one gets a number. */
function freeTrigger(wanted: string, taken: readonly InstalledEmbedding[]): string {
  const word = joinWords(wanted);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? word : `${word}-${number}`;
    if (!taken.some(({ trigger }) => same(trigger, candidate))) return candidate;
  }
}

/** Keeps an embedding under the word that its file names. A file that is there already stays as it is. */
export async function installEmbedding(
  engine: Pick<EngineApi, 'inspectEmbedding'>,
  file: File,
): Promise<Result<InstalledEmbedding>> {
  const read = await engine.inspectEmbedding(file, false);
  if (!read.ok) return read;
  const { name, vectors, dimension } = read.value;
  const id = await keepSubject(file);
  const known = getState().embeddings.find((embedding) => embedding.id === id);
  if (known !== undefined) return { ok: true, value: known };
  const installed = {
    id,
    name: file.name,
    trigger: freeTrigger(name === '' ? file.name : name, getState().embeddings),
    vectors,
    dimension,
  };
  setState(({ embeddings }) => ({ embeddings: [...embeddings, installed] }));
  return { ok: true, value: installed };
}

/** Puts an embedding back whose bytes are still here, under the word that it had; that word is then its own. */
export function reinstallEmbedding(embedding: InstalledEmbedding): void {
  setState(({ embeddings }) => {
    const others = embeddings.filter(({ id }) => id !== embedding.id);
    const moved = others.map((other) =>
      same(other.trigger, embedding.trigger)
        ? { ...other, trigger: freeTrigger(other.trigger, [...others, embedding]) }
        : other,
    );
    return { embeddings: [...moved, embedding] };
  });
}

/** Gives an embedding another word. @returns false where the word is empty or another embedding has it */
export function renameEmbedding(id: string, wanted: string): boolean {
  const trigger = joinWords(wanted);
  const { embeddings } = getState();
  if (trigger === '' || embeddings.some((other) => other.id !== id && same(other.trigger, trigger))) return false;
  setState({
    embeddings: embeddings.map((embedding) => (embedding.id === id ? { ...embedding, trigger } : embedding)),
  });
  return true;
}

/** Its bytes stay while a picture was made with it, and go with the next sweep. */
export function uninstallEmbedding(id: string): void {
  setState(({ embeddings }) => ({ embeddings: embeddings.filter((embedding) => embedding.id !== id) }));
}

/** The embeddings that this model can read. */
export function fittingEmbeddings(model: Pick<ModelSummary, 'embeddingDimension'>): readonly InstalledEmbedding[] {
  return getState().embeddings.filter(({ dimension }) => dimension === model.embeddingDimension);
}

export function embeddingWords(embeddings: readonly InstalledEmbedding[]): readonly EmbeddingWord[] {
  return embeddings.map(({ trigger, vectors }) => ({ trigger, vectors }));
}

/** With their bytes, as the engine takes them. */
export async function engineEmbeddings(
  embeddings: readonly InstalledEmbedding[],
): Promise<Result<readonly EngineEmbedding[]>> {
  const files: EngineEmbedding[] = [];
  for (const { id, name, trigger } of embeddings) {
    const bytes = await subjectBlob(id);
    if (bytes === null) {
      return {
        ok: false,
        error: {
          code: 'file-not-found',
          message: `The embedding “${trigger}” is no longer in this browser’s storage. Add ${name} again under “Model”.`,
        },
      };
    }
    files.push({ trigger, file: new File([bytes], name) });
  }
  return { ok: true, value: files };
}
