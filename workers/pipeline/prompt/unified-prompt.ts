import type { SubjectPositions } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { type TokenizedWord, tokenizeWords } from './caption-words.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A pin after its subjects were encoded. */
export interface PinnedRows {
  /** Index among the caption's words. */
  readonly word: number;
  /** Rows of the pseudo-words: one for a picture, several for an embedding of several vectors. */
  readonly rows: readonly number[];
}

export interface UnifiedPromptRequest {
  readonly caption: string;
  readonly negativePrompt: string;
  readonly pins: readonly PinnedRows[];
  readonly subjectPositions: SubjectPositions;
  /** What caption and negative prompt name beside the tokenizer's own words. */
  readonly embeddings: readonly LoadedEmbedding[];
}

/** A vector of an embedding that a text names, in place of a token's. */
export interface InsertedVector {
  /** Index among the 2 · 77 positions of caption and negative prompt. */
  readonly position: number;
  /** [D] */
  readonly values: Float32Array;
}

/** What the inputs of the unified encoder's graph are made from, beside the pseudo-words; see buildUnifiedEncoder. */
export interface UnifiedPrompt {
  /** [2, 77]: caption, negative prompt. */
  readonly inputIds: Int32Array<ArrayBuffer>;
  readonly insertedVectors: readonly InsertedVector[];
  /** [77]: what stands at each position of w_r. */
  readonly wordIndex: Int32Array<ArrayBuffer>;
  /** [77]: where each vector of h_u comes from. */
  readonly hiddenIndex: Int32Array<ArrayBuffer>;
}

/** What stands at a position of w_r: the caption's own token, by its position in y, or a pseudo-word. */
type Slot = { readonly position: number } | { readonly row: number };

/**
 * Lays caption and pseudo-words out in sequences (UMM-Diffusion, 3.2). A word with one pseudo-word has it at all its
 * tokens. An embedding of k vectors makes its word k positions long and shifts what follows; h_u then takes the vectors
 * of h_y from where those tokens stand in y, so that the text itself is encoded as it was written.
 * @throws PinwordError 'pin-cut-off' where a pinned word does not fit.
 */
export function unifiedPrompt(tokenizer: Tokenizer, request: UnifiedPromptRequest): UnifiedPrompt {
  const { limit } = tokenizer;
  const words = tokenizeWords(tokenizer, request.caption, request.embeddings);
  const negativeWords = tokenizeWords(tokenizer, request.negativePrompt, request.embeddings);
  const slots = unifiedSlots(words, new Map(request.pins.map(({ word, rows }) => [word, rows])), limit);
  const all = request.subjectPositions === 'all';
  return {
    inputIds: Int32Array.from(
      [words, negativeWords].flatMap((text) =>
        padded(
          tokenizer,
          text.flatMap(({ ids }) => ids),
        ),
      ),
    ),
    insertedVectors: [words, negativeWords].flatMap((text, index) => insertedVectors(text, index * limit, limit)),
    wordIndex: Int32Array.from(slots, (slot) => ('row' in slot ? limit + slot.row : slot.position)),
    hiddenIndex: Int32Array.from(slots, (slot, index) => (all || 'row' in slot ? limit + index : slot.position)),
  };
}

/** BOS, the ids cut to fit, EOS, padding. */
function padded({ bosId, eosId, padId, limit }: Tokenizer, ids: readonly number[]): number[] {
  const sequence = [bosId, ...ids.slice(0, limit - 2), eosId];
  return [...sequence, ...new Array<number>(limit - sequence.length).fill(padId)];
}

/** The vectors of the embeddings that a text names, as far as they fit; like tokens, the rest is cut. */
function insertedVectors(
  words: readonly TokenizedWord<LoadedEmbedding>[],
  first: number,
  limit: number,
): InsertedVector[] {
  const inserted: InsertedVector[] = [];
  let next = 1;
  for (const { ids, embeddings } of words) {
    for (const { embedding, start } of embeddings) {
      const dimension = embedding.values.length / embedding.vectors;
      for (let vector = 0; vector < embedding.vectors && next + start + vector < limit - 1; vector++) {
        inserted.push({
          position: first + next + start + vector,
          values: embedding.values.subarray(vector * dimension, (vector + 1) * dimension),
        });
      }
    }
    next += ids.length;
  }
  return inserted;
}

function unifiedSlots(
  words: readonly TokenizedWord[],
  pins: ReadonlyMap<number, readonly number[]>,
  limit: number,
): Slot[] {
  const slots: Slot[] = [{ position: 0 }];
  let position = 1;
  for (const [index, word] of words.entries()) {
    slots.push(...wordSlots(word, position, pins.get(index) ?? []));
    position += word.ids.length;
    refuseCut(word, slots, limit);
  }
  const last = limit - 1;
  const end = Math.min(position, last);
  const fitting = slots.filter((slot) => 'row' in slot || slot.position < end).slice(0, last);
  // Padding reads its own position in y; where y has none there, its last position, which is padding unless y is full.
  const padding = Array.from({ length: last - fitting.length }, (_, offset) => fitting.length + 1 + offset);
  return [...fitting, { position: end }, ...padding.map((index) => ({ position: index > end ? index : last }))];
}

function wordSlots({ ids, core }: TokenizedWord, position: number, rows: readonly number[]): Slot[] {
  const own = ids.map((_, index): Slot => ({ position: position + index }));
  const [row] = rows;
  if (row === undefined) return own;
  const replaced =
    rows.length === 1 ? own.slice(core.start, core.end).map(() => ({ row })) : rows.map((each) => ({ row: each }));
  return [...own.slice(0, core.start), ...replaced, ...own.slice(core.end)];
}

/** Pseudo-words must not be lost: they end before the place of EOS. */
function refuseCut({ text }: TokenizedWord, slots: readonly Slot[], limit: number): void {
  if (slots.slice(limit - 1).some((slot) => 'row' in slot)) {
    throw new PinwordError(
      'pin-cut-off',
      `“${text}” does not fit into the ${limit} tokens that the model reads. Shorten the caption or move the pin.`,
    );
  }
}
