import type { SubjectPositions } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import type { TokenizedText } from './tokenized-text.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A pin after its subjects were encoded. */
export interface PinnedRows {
  /** Index among the caption's words. */
  readonly word: number;
  /** Rows of the pseudo-words: one for a picture, several for an embedding of several vectors. */
  readonly rows: readonly number[];
}

/** The texts of a run. */
export interface PromptTexts {
  readonly caption: TokenizedText<LoadedEmbedding>;
  readonly negativePrompt: TokenizedText<LoadedEmbedding>;
}

export interface UnifiedPromptRequest extends PromptTexts {
  readonly pins: readonly PinnedRows[];
  readonly subjectPositions: SubjectPositions;
}

/** A vector of an embedding that a text names, in place of a token's. */
interface InsertedVector {
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
 * @throws PinwordError 'pin-cut-off' where a pinned word does not fit; 'pin-without-token' where it has no token, or
 *   shares its only one with a pinned word before it
 */
export function unifiedPrompt(tokenizer: Tokenizer, request: UnifiedPromptRequest): UnifiedPrompt {
  const { limit } = tokenizer;
  const { caption, negativePrompt, pins } = request;
  const texts = [caption, negativePrompt];
  const slots = unifiedSlots(caption, pins, limit);
  const all = request.subjectPositions === 'all';
  return {
    inputIds: Int32Array.from(texts.flatMap(({ ids }) => padded(tokenizer, ids))),
    insertedVectors: texts.flatMap((text, index) => insertedVectors(text, index * limit, limit)),
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
  { embeddings }: TokenizedText<LoadedEmbedding>,
  first: number,
  limit: number,
): InsertedVector[] {
  return embeddings.flatMap(({ embedding: { values, vectors }, start }) => {
    const dimension = values.length / vectors;
    const fitting = Math.max(0, Math.min(vectors, limit - 2 - start));
    return Array.from({ length: fitting }, (_, vector) => ({
      position: first + 1 + start + vector,
      values: values.subarray(vector * dimension, (vector + 1) * dimension),
    }));
  });
}

function unifiedSlots({ ids, words }: TokenizedText, pins: readonly PinnedRows[], limit: number): Slot[] {
  const slots: Slot[] = [{ position: 0 }];
  /** The first token that has no slot yet. */
  let next = 0;
  const own = (end: number): Slot[] =>
    Array.from({ length: end - next }, (_, index) => ({ position: 1 + next + index }));
  for (const { word, rows } of pins.toSorted((a, b) => a.word - b.word)) {
    const { text, core } = words[word] ?? { text: '', core: { start: 0, end: 0 } };
    const start = Math.max(core.start, next);
    if (core.end <= start) throw withoutToken(text);
    slots.push(...own(start), ...rowSlots(rows, core.end - start));
    next = core.end;
    refuseCut(text, slots, limit);
  }
  slots.push(...own(ids.length));
  const last = limit - 1;
  const end = Math.min(1 + ids.length, last);
  const fitting = slots.filter((slot) => 'row' in slot || slot.position < end).slice(0, last);
  // Padding reads its own position in y; where y has none there, its last position, which is padding unless y is full.
  const padding = Array.from({ length: last - fitting.length }, (_, offset) => fitting.length + 1 + offset);
  return [...fitting, { position: end }, ...padding.map((index) => ({ position: index > end ? index : last }))];
}

/** One pseudo-word stands at all tokens of its word; several stand one after the other in their place. */
function rowSlots(rows: readonly number[], tokens: number): Slot[] {
  const [row] = rows;
  return rows.length === 1 && row !== undefined
    ? Array.from({ length: tokens }, () => ({ row }))
    : rows.map((each) => ({ row: each }));
}

/** Pseudo-words must not be lost: they end before the place of EOS. */
function refuseCut(text: string, slots: readonly Slot[], limit: number): void {
  if (slots.slice(limit - 1).some((slot) => 'row' in slot)) {
    throw new PinwordError(
      'pin-cut-off',
      `“${text}” does not fit into the ${limit} tokens that the model reads. Shorten the caption or move the pin.`,
    );
  }
}

function withoutToken(text: string): PinwordError {
  return new PinwordError(
    'pin-without-token',
    `The model does not read “${text}” as something of its own. Put a space before and after it, or move the pin.`,
  );
}
