import type { CaptionTokens, CaptionWord, EmbeddingWord } from '../../api.ts';
import type { Span } from '../../contract/span.ts';
import { coreOf } from '../../contract/words.ts';
import type { ParsedChunk, ParsedText } from './parsed-text.ts';
import { sectionsOf, type SectionRule } from './text-sections.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A text as token ids, not cut, without BOS and EOS; spans are among the ids. */
export interface TokenizedText<E extends EmbeddingWord = EmbeddingWord> {
  /** Where an embedding is named, as many paddings as it has vectors. */
  readonly ids: readonly number[];
  /** How strongly each counts. */
  readonly weights: readonly number[];
  /** What the model reads at once, in order. What lies in none of them is left out. */
  readonly sections: readonly Span[];
  readonly words: readonly TokenizedWord<E>[];
  /** In the order of the text. */
  readonly embeddings: readonly PlacedEmbedding<E>[];
}

/** Two words that a script writes without a space may share a token: their spans then overlap. */
interface TokenizedWord<E extends EmbeddingWord = EmbeddingWord> {
  readonly text: string;
  readonly tokens: Span;
  /** The part of them that a pin covers: the word without its punctuation, or the first embedding in it. */
  readonly core: Span;
  readonly embeddings: readonly E[];
}

/** An embedding and the place of its vectors. */
interface PlacedEmbedding<E> extends Span {
  readonly embedding: E;
}

/** @param rule whether what does not fit is left out, or read in further sections */
export function tokenizeText<E extends EmbeddingWord>(
  tokenizer: Tokenizer,
  text: ParsedText<E>,
  rule: SectionRule = 'one',
): TokenizedText<E> {
  const ids: number[] = [];
  const weights: number[] = [];
  const breaks: number[] = [];
  const words: TokenizedWord<E>[] = [];
  const embeddings: PlacedEmbedding<E>[] = [];
  for (const chunk of text.chunks) {
    const offset = ids.length;
    const placed = placeTokens(tokenizer, chunk, rule === 'many');
    for (const word of tokensOfWords(tokenizer, chunk, placed)) {
      words.push({ ...word, tokens: moved(word.tokens, offset), core: moved(word.core, offset) });
    }
    for (const each of placed.embeddings) embeddings.push({ ...each, ...moved(each, offset) });
    for (const place of placed.breaks) breaks.push(offset + place);
    for (const { id, weight } of placed.tokens) {
      ids.push(id);
      weights.push(weight);
    }
  }
  const sections = sectionsOf({ ids, embeddings, breaks }, tokenizer, rule);
  return { ids, weights, sections, words, embeddings };
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

/** A token and the bytes of the normalized chunk that it stands for. */
interface PlacedToken extends Span {
  readonly id: number;
  readonly weight: number;
}

interface PlacedTokens<E> {
  readonly tokens: readonly PlacedToken[];
  readonly embeddings: readonly PlacedEmbedding<E>[];
  /** Before which tokens BREAK stands. */
  readonly breaks: readonly number[];
  /** Whether the tokens stand for all bytes of the normalized chunk, one after the other. */
  readonly isAligned: boolean;
}

/** What ends a section of a long text, as A1111 has it: in capitals, no part of a longer word. */
const breakWord = /(?<![\p{L}\p{N}_])BREAK(?![\p{L}\p{N}_])/u;

/** @param hasBreaks else BREAK is a word like others */
function placeTokens<E extends EmbeddingWord>(
  tokenizer: Tokenizer,
  { pieces }: ParsedChunk<E>,
  hasBreaks: boolean,
): PlacedTokens<E> {
  const breaks: number[] = [];
  const tokens: PlacedToken[] = [];
  const embeddings: PlacedEmbedding<E>[] = [];
  let isAligned = true;
  let start = 0;
  for (const { text, named, weight } of pieces) {
    const end = start + tokenizer.byteLength(text);
    if (named === null) {
      for (const [part, stretch] of (hasBreaks ? text.split(breakWord) : [text]).entries()) {
        if (part > 0) {
          breaks.push(tokens.length);
          start += tokenizer.byteLength('BREAK');
        }
        for (const { id, byteLength } of stretch === '' ? [] : tokenizer.encode(stretch)) {
          tokens.push({ id, weight, start, end: start + byteLength });
          start += byteLength;
        }
      }
      if (start !== end) isAligned = false;
    } else {
      // Like tokens, what does not fit is cut anyway.
      const vectors = Math.min(named.vectors, tokenizer.limit);
      embeddings.push({ embedding: named, start: tokens.length, end: tokens.length + vectors });
      for (let vector = 0; vector < vectors; vector++) tokens.push({ id: tokenizer.padId, weight, start, end });
    }
    start = end;
  }
  return { tokens, embeddings, breaks, isAligned };
}

/** Every token that holds a byte of a word is the word's. Where bytes and tokens do not match, all words have all tokens. */
function tokensOfWords<E extends EmbeddingWord>(
  tokenizer: Tokenizer,
  chunk: ParsedChunk<E>,
  { tokens, embeddings, isAligned }: PlacedTokens<E>,
): TokenizedWord<E>[] {
  const all = { start: 0, end: tokens.length };
  let from = 0;
  let firstEmbedding = 0;
  return bytesOfWords(tokenizer, chunk).map(({ text, whole, core }) => {
    const own = isAligned ? overlapping(tokens, whole, from) : all;
    from = own.start;
    const { start, end } = overlapping(embeddings, own, firstEmbedding);
    firstEmbedding = start;
    const named = embeddings.slice(start, end);
    const [first] = named;
    return {
      text,
      tokens: own,
      core: first ?? (isAligned ? overlapping(tokens, core, from) : all),
      embeddings: named.map(({ embedding }) => embedding),
    };
  });
}

/** Which of the items, which follow each other, overlap a span. @param from no item before this one does */
function overlapping(items: readonly Span[], { start, end }: Span, from: number): Span {
  let first = from;
  while ((items[first]?.end ?? Infinity) <= start) first += 1;
  let next = first;
  while ((items[next]?.start ?? Infinity) < end) next += 1;
  return { start: first, end: next };
}

interface WordBytes {
  readonly text: string;
  /** Among the bytes of the normalized chunk. */
  readonly whole: Span;
  readonly core: Span;
}

function bytesOfWords(tokenizer: Tokenizer, { text: chunk, words }: ParsedChunk<unknown>): WordBytes[] {
  let counted = 0;
  let bytes = 0;
  const bytesBefore = (place: number): number => {
    bytes += tokenizer.byteLength(chunk.slice(counted, place));
    counted = place;
    return bytes;
  };
  return words.map(({ start, end }) => {
    const text = chunk.slice(start, end);
    const core = coreOf(text);
    const wholeStart = bytesBefore(start);
    const coreStart = bytesBefore(start + core.start);
    const coreEnd = bytesBefore(start + core.end);
    return { text, whole: { start: wholeStart, end: bytesBefore(end) }, core: { start: coreStart, end: coreEnd } };
  });
}

/** Where each word of the caption lies in the sequence that the model reads, all sections one after the other. */
export function captionTokens({ ids, words, sections }: TokenizedText, limit: number): CaptionTokens {
  const sectionOf = (token: number): number => sections.findIndex(({ start, end }) => token >= start && token < end);
  return {
    words: words.map(({ text, tokens, core, embeddings }): CaptionWord => {
      const positions = Array.from({ length: core.end - core.start }, (_, index) => {
        const token = core.start + index;
        const section = sectionOf(token);
        return section < 0 ? null : section * limit + 1 + token - (sections[section]?.start ?? 0);
      });
      const read = positions.filter((position) => position !== null);
      const cutOff = read.length < positions.length || core.start > lastEnd(sections);
      return {
        text,
        positions: cutOff ? [] : read,
        tokenCount: tokens.end - tokens.start,
        cutOff,
        embeddings: embeddings.map(({ trigger, vectors }) => ({ trigger, vectors })),
      };
    }),
    // A section that ends early is full all the same.
    tokenCount: (sections.length - 1) * (limit - 2) + ids.length - (sections.at(-1)?.start ?? 0) + 2,
    limit: sections.length * (limit - 2) + 2,
  };
}

function lastEnd(sections: readonly Span[]): number {
  return sections.at(-1)?.end ?? 0;
}
