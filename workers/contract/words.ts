/**
 * How a caption is cut into words. Window and worker use these functions alone, because a pin names its word by its
 * index. Part of the contract: see api.ts.
 */

import { plainText, readWeights, writtenSpans } from './prompt-weights.ts';
import type { Span } from './span.ts';

/** A stretch of a text without white space, and its words: one, or several where a script writes no spaces. */
interface Chunk extends Span {
  /** Within the text, in order, without gaps: together they are the chunk. */
  readonly words: readonly Span[];
}

/** Not `\s`, which takes U+FEFF and leaves U+0085. */
const notSpace = /\P{White_Space}+/gu;

const spaceless = ['Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');
/** A character of a script that writes words without spaces between them, its punctuation too. */
export const spacelessCharacter = new RegExp(`[${spaceless}]`, 'u');
/** Not too long: the time that a segmenter takes grows faster than its text. */
const spacelessStretch = new RegExp(`[${spaceless}][${spaceless}\\p{M}]{0,999}`, 'gu');

const wordCharacter = /[\p{L}\p{M}\p{N}]/u;
const punctuation = /[\p{P}\p{S}]/u;
const startsWithPunctuation = /^[\p{P}\p{S}]/u;
const opening = /[\p{Ps}\p{Pi}]/u;

/** One locale for everybody: a link's pins must mean the same words wherever it is opened. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** The stretches between white space, each with its words. @param text plain: its brackets are brackets */
export function chunksOf(text: string): readonly Chunk[] {
  return Array.from(text.matchAll(notSpace), ({ 0: chunk, index: start }) => ({
    start,
    end: start + chunk.length,
    words: spacelessCharacter.test(chunk) ? spacelessWords(chunk, start) : [{ start, end: start + chunk.length }],
  }));
}

/**
 * The words of a text, without the brackets that weigh them: what white space separates, cut further by Intl.Segmenter
 * where a script writes none.
 */
export function splitWords(text: string): readonly string[] {
  const plain = plainText(text);
  return chunksOf(plain).flatMap(({ words }) => words.map(({ start, end }) => plain.slice(start, end)));
}

/** Punctuation belongs to the word before it, an opening bracket or quotation mark to the word after it. */
function spacelessWords(chunk: string, offset: number): readonly Span[] {
  const words: { start: number; end: number }[] = [];
  /** Where a word that has only begun, with opening punctuation, starts. */
  let begun: number | null = null;
  for (const { start, end } of pieces(chunk)) {
    const last = words.at(-1);
    if (wordCharacter.test(chunk.slice(start, end))) {
      words.push({ start: begun ?? start, end });
      begun = null;
    } else if (begun === null && last !== undefined && !opening.test(chunk.slice(start, end))) {
      last.end = end;
    } else {
      begun ??= start;
    }
  }
  const last = words.at(-1);
  if (last === undefined) return [{ start: offset, end: offset + chunk.length }];
  last.end = chunk.length;
  return words.map(({ start, end }) => ({ start: offset + start, end: offset + end }));
}

/** Words and single marks of punctuation, in order. What lies between stretches of such scripts stays whole. */
function* pieces(chunk: string): Generator<Span> {
  let end = 0;
  for (const { 0: stretch, index } of chunk.matchAll(spacelessStretch)) {
    yield* spacedPieces(chunk, end, index);
    end = index;
    for (const { segment } of segmenter.segment(stretch)) {
      if (wordCharacter.test(segment)) yield { start: end, end: end + segment.length };
      else yield* characters(segment, end);
      end += segment.length;
    }
  }
  yield* spacedPieces(chunk, end, chunk.length);
}

function* spacedPieces(chunk: string, start: number, end: number): Generator<Span> {
  const stretch = chunk.slice(start, end);
  if (wordCharacter.test(stretch)) yield { start, end };
  else yield* characters(stretch, start);
}

function* characters(text: string, offset: number): Generator<Span> {
  let start = offset;
  for (const character of text) {
    yield { start, end: start + character.length };
    start += character.length;
  }
}

/** A word without the punctuation around it; a word that is all punctuation has its whole self as core. */
export function coreOf(word: string): Span {
  const characters = Array.from(word);
  const first = characters.findIndex((character) => !punctuation.test(character));
  if (first < 0) return { start: 0, end: word.length };
  const last = characters.findLastIndex((character) => !punctuation.test(character));
  const length = (part: readonly string[]): number => part.join('').length;
  return { start: length(characters.slice(0, first)), end: word.length - length(characters.slice(last + 1)) };
}

/** Lower case, without punctuation at the ends: "Dog," and "dog" are the same word to a person. */
export function plainWord(word: string): string {
  const { start, end } = coreOf(word);
  const core = word.slice(start, end);
  return startsWithPunctuation.test(core) ? '' : core.toLowerCase();
}

/** A stretch of a text: a word with its index, or what lies between words (index null). */
interface TextPart {
  readonly text: string;
  readonly word: number | null;
}

/** Cuts a text as it is written into its words and what lies between them: white space, weights. Joined again they give the text. */
export function textParts(text: string): readonly TextPart[] {
  const weighted = readWeights(text);
  const spans = writtenSpans(
    weighted,
    chunksOf(weighted.plain).flatMap(({ words }) => words),
  );
  const parts: TextPart[] = [];
  let end = 0;
  for (const [word, span] of spans.entries()) {
    if (span.start > end) parts.push({ text: text.slice(end, span.start), word: null });
    parts.push({ text: text.slice(span.start, span.end), word });
    end = span.end;
  }
  return end < text.length ? [...parts, { text: text.slice(end), word: null }] : parts;
}
