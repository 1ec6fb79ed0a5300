/** Not `\s`, which takes U+FEFF and leaves U+0085: the worker counts words by Unicode's white space (caption-words.ts). */
const gap = /(\p{White_Space}+)/u;

/** The caption's whitespace-separated words, as the contract counts them (Pin.word). */
export function splitWords(caption: string): readonly string[] {
  return captionParts(caption).flatMap(({ text, word }) => (word === null ? [] : [text]));
}

/** Text as one word, its white space made hyphens; empty where it holds no word. */
export function joinWords(text: string): string {
  return splitWords(text).join('-');
}

/** A stretch of the caption: a word with its index, or the white space between words (index null). */
interface CaptionPart {
  readonly text: string;
  readonly word: number | null;
}

/** Cuts the caption into words and the white space between them; joined again they give the caption. */
export function captionParts(caption: string): readonly CaptionPart[] {
  let word = -1;
  return caption
    .split(gap)
    .filter((text) => text !== '')
    .map((text) => ({ text, word: gap.test(text) ? null : (word += 1) }));
}

/** Lower case, without punctuation at the ends: "Dog," and "dog" are the same word to a person. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, '');
}
