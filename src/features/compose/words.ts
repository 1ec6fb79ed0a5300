/** The caption's whitespace-separated words, as the contract counts them (Pin.word). */
export function splitWords(caption: string): readonly string[] {
  return caption.split(/\s+/u).filter((word) => word !== '');
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
    .split(/(\s+)/u)
    .filter((text) => text !== '')
    .map((text) => ({ text, word: /^\s/u.test(text) ? null : (word += 1) }));
}

/** Lower case, without punctuation at the ends: "Dog," and "dog" are the same word to a person. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, '');
}
