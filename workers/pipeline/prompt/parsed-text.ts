import { chunksOf, type Span } from '../../contract/words.ts';
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
  readonly pieces: readonly Piece<T>[];
}

export function parseText<T extends Named>(text: string, triggers: TriggerWords<T>): ParsedText<T> {
  return {
    chunks: chunksOf(text).map(({ start, end, words }) => {
      const chunk = text.slice(start, end);
      return {
        text: chunk,
        words: words.map((word) => ({ start: word.start - start, end: word.end - start })),
        pieces: triggers.split(chunk),
      };
    }),
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
      pieces: chunk.pieces.map(({ text, named }) => ({ text, named: named === null ? null : of(named) })),
    })),
  };
}
