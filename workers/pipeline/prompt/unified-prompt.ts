import type { SubjectPositions } from '../../api.ts';
import type { Span } from '../../contract/span.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import type { TokenizedText } from './tokenized-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { cutOff, unifiedSlots, withoutToken, type SectionPin } from './unified-slots.ts';

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

/** How strongly the 77 positions of each condition count; null where all count 1. */
type SectionWeights = Readonly<Record<'unified' | 'text' | 'unconditional', Float32Array | null>>;

/**
 * What the inputs of the unified encoder's graph are made from, beside the pseudo-words; see buildUnifiedEncoder. A text
 * that is read in several sections has one of these for each: their hidden states follow one another.
 */
export interface UnifiedPrompt {
  /** [2, 77]: caption, negative prompt. */
  readonly inputIds: Int32Array<ArrayBuffer>;
  readonly insertedVectors: readonly InsertedVector[];
  /** [77]: what stands at each position of w_r. */
  readonly wordIndex: Int32Array<ArrayBuffer>;
  /** [77]: where each vector of h_u comes from. */
  readonly hiddenIndex: Int32Array<ArrayBuffer>;
  readonly weights: SectionWeights;
}

/**
 * Lays caption and pseudo-words out in sequences (UMM-Diffusion, 3.2). A word with one pseudo-word has it at all its
 * tokens. An embedding of k vectors makes its word k positions long and shifts what follows in its section; h_u then takes
 * the vectors of h_y from where those tokens stand in y, so that the text itself is encoded as it was written.
 * @returns a prompt for each section, one where texts are not read in sections
 * @throws PinwordError 'pin-cut-off' where a pinned word does not fit; 'pin-without-token' where it has no token, or
 *   shares its only one with a pinned word before it
 */
export function unifiedPrompt(tokenizer: Tokenizer, request: UnifiedPromptRequest): readonly UnifiedPrompt[] {
  const { caption, negativePrompt } = request;
  refuseUnread(caption, request.pins, tokenizer.limit);
  const captions = captionSections(request);
  const negatives = asManySections(negativePrompt.sections, captions.length);
  return captions.map((section, index) =>
    sectionPrompt(tokenizer, {
      caption: sectionOf(caption, section),
      negativePrompt: sectionOf(negativePrompt, negatives[index] ?? emptySection),
      pins: pinsIn(caption, section, request.pins),
      all: request.subjectPositions === 'all',
    }),
  );
}

/** The caption's tokens in each section that is read: as many as the longer text has. */
export function captionSections({ caption, negativePrompt }: PromptTexts): readonly Span[] {
  return asManySections(caption.sections, Math.max(caption.sections.length, negativePrompt.sections.length));
}

const emptySection: Span = { start: 0, end: 0 };

/**
 * Texts of different length lie in one tensor. The shorter one is repeated where that comes out even: a softmax over keys
 * that are all there equally often is the softmax over one of each, so nothing changes. Else it is followed by empty
 * sections, as A1111 has it with “Pad prompt/negative prompt to be same length”.
 */
function asManySections(sections: readonly Span[], count: number): readonly Span[] {
  const repeats = count % sections.length === 0;
  return Array.from(
    { length: count },
    (_, index) => sections[repeats ? index % sections.length : index] ?? emptySection,
  );
}

/** What is known of a section's tokens; places count within it. */
interface SectionText {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
  readonly vectors: readonly { readonly place: number; readonly values: Float32Array }[];
}

function sectionOf({ ids, weights, embeddings }: TokenizedText<LoadedEmbedding>, { start, end }: Span): SectionText {
  return {
    ids: ids.slice(start, end),
    weights: weights.slice(start, end),
    vectors: embeddings.flatMap(({ embedding: { values, vectors }, start: first }) => {
      const dimension = values.length / vectors;
      return Array.from({ length: vectors }, (_, vector) => ({
        place: first - start + vector,
        values: values.subarray(vector * dimension, (vector + 1) * dimension),
      })).filter(({ place }) => place >= 0 && place < end - start);
    }),
  };
}

/** A word that lies across sections has a single pseudo-word in each of them; several stand in the first alone. */
export function pinsIn(
  { words, weights }: TokenizedText,
  section: Span,
  pins: readonly PinnedRows[],
): readonly SectionPin[] {
  return pins
    .toSorted((a, b) => a.word - b.word)
    .flatMap(({ word, rows }) => {
      const { text, core } = words[word] ?? { text: '', core: emptySection };
      const start = Math.max(core.start, section.start);
      const end = Math.min(core.end, section.end);
      if (end <= start) return [];
      const isRest = start > core.start && rows.length > 1;
      const weight = weights[core.start] ?? 1;
      return [{ text, start: start - section.start, end: end - section.start, rows: isRest ? [] : rows, weight }];
    });
}

/** @throws PinwordError where a pinned word has no token, or lies behind what is read */
function refuseUnread({ words, sections }: TokenizedText, pins: readonly PinnedRows[], limit: number): void {
  for (const { word } of pins) {
    const { text, core } = words[word] ?? { text: '', core: emptySection };
    if (core.end <= core.start) throw withoutToken(text);
    if (core.end > (sections.at(-1)?.end ?? 0)) throw cutOff(text, limit);
  }
}

interface SectionRequest {
  readonly caption: SectionText;
  readonly negativePrompt: SectionText;
  readonly pins: readonly SectionPin[];
  readonly all: boolean;
}

function sectionPrompt(tokenizer: Tokenizer, { caption, negativePrompt, pins, all }: SectionRequest): UnifiedPrompt {
  const { limit } = tokenizer;
  const texts = [caption, negativePrompt];
  const slots = unifiedSlots(caption.ids.length, pins, limit);
  const text = positionWeights(caption, limit);
  return {
    inputIds: Int32Array.from(texts.flatMap(({ ids }) => padded(tokenizer, ids))),
    insertedVectors: texts.flatMap(({ vectors }, index) =>
      vectors.map(({ place, values }) => ({ position: index * limit + 1 + place, values })),
    ),
    wordIndex: Int32Array.from(slots, (slot) => ('row' in slot ? limit + slot.row : slot.position)),
    hiddenIndex: Int32Array.from(slots, (slot, index) => (all || 'row' in slot ? limit + index : slot.position)),
    weights: {
      unified: whereNotOne(slots.map((slot) => ('row' in slot ? slot.weight : (text[slot.position] ?? 1)))),
      text: whereNotOne(text),
      unconditional: whereNotOne(positionWeights(negativePrompt, limit)),
    },
  };
}

/** BOS, EOS and padding count 1. */
function positionWeights({ weights }: SectionText, limit: number): readonly number[] {
  return Array.from({ length: limit }, (_, position) => weights[position - 1] ?? 1);
}

function whereNotOne(weights: readonly number[]): Float32Array | null {
  return weights.every((weight) => weight === 1) ? null : Float32Array.from(weights);
}

/** BOS, the ids of a section, EOS, padding. */
function padded({ bosId, eosId, padId, limit }: Tokenizer, ids: readonly number[]): number[] {
  const sequence = [bosId, ...ids, eosId];
  return [...sequence, ...new Array<number>(limit - sequence.length).fill(padId)];
}
