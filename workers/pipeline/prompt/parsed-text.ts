import { readWeights } from '../../contract/prompt-weights.ts';
import type { Span } from '../../contract/span.ts';
import { chunksOf } from '../../contract/words.ts';
import type { Named, Piece, TriggerWords } from './trigger-words.ts';

/** A caption or a negative prompt, cut once: all that follows reads this. */
export interface ParsedText<T> {
  readonly chunks: readonly ParsedChunk<T>[];
}

/** A stretch without white space. No piece of CLIP's crosses white space, so the chunks' tokens joined are the text's. */
export interface ParsedChunk<T> {
  readonly text: string;
  /** Within the chunk. */
  readonly words: readonly Span[];
  readonly pieces: readonly WeightedPiece<T>[];
}

/** Pieces of other weight are tokenized apart, as A1111 does. */
interface WeightedPiece<T> extends Piece<T> {
  readonly weight: number;
}

/** @param text with weights in its brackets (contract/prompt-weights.ts) */
export function parseText<T extends Named>(text: string, triggers: TriggerWords<T>): ParsedText<T> {
  const { plain, runs } = readWeights(text);
  let run = 0;
  const pieces = (start: number, end: number): WeightedPiece<T>[] => {
    const found: WeightedPiece<T>[] = [];
    while ((runs[run]?.end ?? Infinity) <= start) run += 1;
    for (let from = start, at = run; from < end; at += 1) {
      const { end: runEnd, weight } = runs[at] ?? { end, weight: 1 };
      const to = Math.min(end, runEnd);
      for (const piece of triggers.split(plain.slice(from, to))) found.push({ ...piece, weight });
      from = to;
    }
    return found;
  };
  return {
    chunks: chunksOf(plain).map(({ start, end, words }) => ({
      text: plain.slice(start, end),
      words: words.map((word) => ({ start: word.start - start, end: word.end - start })),
      pieces: pieces(start, end),
    })),
  };
}

/** What a text names, each once. */
export function namedIn<T>({ chunks }: ParsedText<T>): ReadonlySet<T> {
  return new Set(chunks.flatMap(({ pieces }) => pieces.flatMap(({ named }) => (named === null ? [] : [named]))));
}

/** The same text, where something else stands for what it names. */
export function withNamed<T, U>({ chunks }: ParsedText<T>, of: (named: T) => U): ParsedText<U> {
  return {
    chunks: chunks.map((chunk) => ({
      ...chunk,
      pieces: chunk.pieces.map(({ named, ...piece }) => ({ ...piece, named: named === null ? null : of(named) })),
    })),
  };
}
