import type { EmbeddingWord, InstalledEmbedding } from '../../api.ts';
import { blobSource } from '../../checkpoint/byte-source.ts';
import { readTextualInversion } from '../../checkpoint/textual-inversion.ts';
import { splitWords } from './caption-words.ts';
import { TriggerWords } from './trigger-words.ts';

/** An installed embedding after its file was read. */
export interface LoadedEmbedding extends EmbeddingWord {
  /** [vectors, D], row by row. */
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * Reads those embeddings that the texts name; the others may be broken or made for another model.
 * @param dimension D of the token embeddings
 * @throws PinwordError as readTextualInversion does
 */
export async function loadNamedEmbeddings(
  texts: readonly string[],
  installed: readonly InstalledEmbedding[],
  dimension: number,
): Promise<LoadedEmbedding[]> {
  const triggers = new TriggerWords(installed);
  const words = texts.flatMap(splitWords);
  const named = new Set(words.flatMap((word) => triggers.split(word)).filter((piece) => typeof piece !== 'string'));
  return Promise.all(
    Array.from(named, async ({ trigger, file }) => {
      const { count, vectors } = await readTextualInversion(blobSource(file.name, file), dimension);
      return { trigger, vectors: count, values: vectors };
    }),
  );
}
