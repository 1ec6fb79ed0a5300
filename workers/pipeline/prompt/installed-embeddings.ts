import type { EmbeddingWord, InstalledEmbedding } from '../../api.ts';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import { namedIn, type ParsedText, withNamed } from './parsed-text.ts';

/** An installed embedding after its file was read. */
export interface LoadedEmbedding extends EmbeddingWord {
  /** [vectors, D], row by row. */
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * Reads those embeddings that the texts name; the others may be broken or made for another model.
 * @param dimension D of the token embeddings
 * @returns the texts with what was read
 * @throws PinwordError as readTextualInversion does
 */
export async function loadNamedEmbeddings(
  texts: readonly ParsedText<InstalledEmbedding>[],
  dimension: number,
): Promise<ParsedText<LoadedEmbedding>[]> {
  const named = new Set(texts.flatMap((text) => [...namedIn(text)]));
  const loaded = new Map(
    await Promise.all(
      Array.from(named, async (installed) => {
        const { trigger, file } = installed;
        const { count, vectors } = await readTextualInversion(blobSource(file.name, file), dimension);
        return [installed, { trigger, vectors: count, values: vectors }] as const;
      }),
    ),
  );
  return texts.map((text) =>
    withNamed(text, (installed) => {
      const embedding = loaded.get(installed);
      if (embedding === undefined) throw new RangeError(`“${installed.trigger}” was not read.`);
      return embedding;
    }),
  );
}
