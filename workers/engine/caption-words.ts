import type { CaptionTokens, CaptionWord } from '../api.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A word with the ids of its tokens; `core` is the part of them that a pin covers. */
export interface TokenizedWord {
  readonly text: string;
  readonly ids: readonly number[];
  readonly core: { readonly start: number; readonly end: number };
}

/** The caption's whitespace-separated words. No piece of CLIP's crosses whitespace, so their tokens joined are the caption's. */
export function tokenizeWords(tokenizer: Tokenizer, caption: string): TokenizedWord[] {
  const words = caption.split(/\p{White_Space}+/u).filter((text) => text !== '');
  return words.map((text) => {
    const ids = tokenizer.encode(text);
    return { text, ids, core: coreOf(tokenizer, text, ids) };
  });
}

/** Where each word of the caption lies in the sequence that the model reads. */
export function captionTokens(tokenizer: Tokenizer, caption: string): CaptionTokens {
  let next = 1;
  const words = tokenizeWords(tokenizer, caption).map(({ text, ids, core }): CaptionWord => {
    const start = next;
    next += ids.length;
    const cutOff = start + core.end > tokenizer.limit - 1;
    const positions = Array.from({ length: core.end - core.start }, (_, index) => start + core.start + index);
    return { text, positions: cutOff ? [] : positions, tokenCount: ids.length, cutOff };
  });
  return { words, tokenCount: next + 1, limit: tokenizer.limit };
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
