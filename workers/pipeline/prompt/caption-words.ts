import type { CaptionTokens, CaptionWord, EmbeddingWord } from '../../api.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';

/** A word with the ids of its tokens; `core` is the part of them that a pin covers. */
export interface TokenizedWord<E extends EmbeddingWord = EmbeddingWord> {
  readonly text: string;
  /** Where an embedding is named, as many paddings as it has vectors. */
  readonly ids: readonly number[];
  readonly core: { readonly start: number; readonly end: number };
  /** The embeddings that the word names, and the index of their first vector among ids. */
  readonly embeddings: readonly { readonly embedding: E; readonly start: number }[];
}

/** The window splits alike (src/features/compose/words.ts): a pin names a word by its index. */
export function splitWords(text: string): readonly string[] {
  return text.split(/\p{White_Space}+/u).filter((word) => word !== '');
}

/**
 * The words of a caption or a negative prompt, separated by whitespace. No piece of CLIP's crosses whitespace, so their
 * tokens joined are the text's.
 */
export function tokenizeWords<E extends EmbeddingWord>(
  tokenizer: Tokenizer,
  text: string,
  embeddings: readonly E[],
): TokenizedWord<E>[] {
  const triggers = new TriggerWords(embeddings);
  return splitWords(text).map((word) => {
    const pieces = triggers.split(word);
    return pieces.length === 1 && pieces[0] === word
      ? plainWord(tokenizer, word)
      : wordWithEmbeddings(tokenizer, word, pieces);
  });
}

/** Where each word of the caption lies in the sequence that the model reads. */
export function captionTokens(
  tokenizer: Tokenizer,
  caption: string,
  installed: readonly EmbeddingWord[],
): CaptionTokens {
  let next = 1;
  const words = tokenizeWords(tokenizer, caption, installed).map(({ text, ids, core, embeddings }): CaptionWord => {
    const start = next;
    next += ids.length;
    const cutOff = start + core.end > tokenizer.limit - 1;
    const positions = Array.from({ length: core.end - core.start }, (_, index) => start + core.start + index);
    const named = embeddings.map(({ embedding: { trigger, vectors } }) => ({ trigger, vectors }));
    return { text, positions: cutOff ? [] : positions, tokenCount: ids.length, cutOff, embeddings: named };
  });
  return { words, tokenCount: next + 1, limit: tokenizer.limit };
}

function plainWord(tokenizer: Tokenizer, text: string): TokenizedWord<never> {
  const ids = tokenizer.encode(text);
  return { text, ids, core: coreOf(tokenizer, text, ids), embeddings: [] };
}

/** A pin on such a word covers its first embedding. */
function wordWithEmbeddings<E extends EmbeddingWord>(
  tokenizer: Tokenizer,
  text: string,
  pieces: readonly (string | E)[],
): TokenizedWord<E> {
  const ids: number[] = [];
  const embeddings: { embedding: E; start: number }[] = [];
  for (const piece of pieces) {
    if (typeof piece !== 'string') embeddings.push({ embedding: piece, start: ids.length });
    ids.push(
      ...(typeof piece === 'string' ? tokenizer.encode(piece) : new Array<number>(piece.vectors).fill(tokenizer.padId)),
    );
  }
  const [first] = embeddings;
  const start = first?.start ?? 0;
  return { text, ids, core: { start, end: start + (first?.embedding.vectors ?? ids.length) }, embeddings };
}

/** A pin covers the word without the punctuation around it; a word that is all punctuation is covered whole. */
function coreOf(tokenizer: Tokenizer, text: string, ids: readonly number[]): TokenizedWord['core'] {
  const [, before = '', core = '', after = ''] = /^([\p{P}\p{S}]*)(.*?)([\p{P}\p{S}]*)$/su.exec(text) ?? [];
  const parts = [before, core, after].map((part) => tokenizer.encode(part));
  const [head = [], middle = []] = parts;
  // Pieces like 't join an apostrophe to what follows it: then the word cannot be taken apart.
  const separable = middle.length > 0 && parts.flat().join() === ids.join();
  return separable ? { start: head.length, end: head.length + middle.length } : { start: 0, end: ids.length };
}
