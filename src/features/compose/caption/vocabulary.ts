/** The words that a small model was taught: the page marks all others, and offers these in their place. */
import * as z from 'zod';
import { plainWord, splitWords, textParts } from '../../../../workers/api.ts';

const vocabularySchema = z
  .object({
    words: z.array(z.string()),
    /** Words worth offering, by their kind. */
    offers: z.array(z.object({ kind: z.string(), words: z.array(z.string()) })),
  })
  .transform(({ words, offers }) => ({ words: new Set(words), offers }));
export type Vocabulary = z.infer<typeof vocabularySchema>;

let loaded: Promise<Vocabulary | null> | null = null;

/** That of the embedded model. @returns null where the site was built without it: then nothing is marked */
export function loadVocabulary(): Promise<Vocabulary | null> {
  return (loaded ??= fetchVocabulary());
}

async function fetchVocabulary(): Promise<Vocabulary | null> {
  try {
    const response = await fetch(`${import.meta.env.BASE_URL}models/picturebook/vocabulary.json`);
    return response.ok ? vocabularySchema.parse(await response.json()) : null;
  } catch {
    return null;
  }
}

/** Whether a word, as a person writes it, is one that the model was taught. Marks and numbers are nobody's words. */
function isKnown(word: string, { words }: Vocabulary): boolean {
  const plain = plainWord(word);
  return !/\p{L}/u.test(plain) || words.has(plain) || words.has(plain.replace(/['’]s$/u, ''));
}

/** Indices of the words that the model was not taught. @param shown words that something else says, e.g. a pinned picture */
export function unknownWords(caption: string, vocabulary: Vocabulary, shown: ReadonlySet<number>): readonly number[] {
  return splitWords(caption).flatMap((word, index) => (shown.has(index) || isKnown(word, vocabulary) ? [] : [index]));
}

interface Offer {
  readonly kind: string;
  readonly words: readonly string[];
}

/** Words for the place of another: those that are spelled alike, where there are any; else subjects and places. */
export function offersFor(word: string, { words, offers }: Vocabulary): readonly Offer[] {
  const plain = plainWord(word);
  const offered = new Set(offers.flatMap((offer) => offer.words));
  const alike = [...words].filter((other) => offered.has(other) && isAlike(plain, other));
  if (alike.length > 0) return [{ kind: 'Spelled alike', words: alike }];
  return offers.slice(0, 2);
}

/** One slip in short words, two in longer ones; or the same word with an ending. */
function isAlike(a: string, b: string): boolean {
  if (b.length > 2 && a.startsWith(b) && a.length - b.length <= 2) return true;
  return distance(a, b) <= (b.length > 5 ? 2 : 1);
}

/** Longest word whose spelling is looked at. */
const longest = 30;

/** Letters put in, left out, replaced, or swapped with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  if (a.length > longest) return Infinity;
  let [earlier, above] = [new Array<number>(b.length + 1).fill(0), Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (earlier[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    [earlier, above] = [above, row];
  }
  return above[b.length] ?? Infinity;
}

/** The caption with another word in the place of one; its punctuation and its weight stay. */
export function withWord(caption: string, index: number, replacement: string): string {
  const plain = plainWord(splitWords(caption)[index] ?? '');
  return textParts(caption)
    .map(({ text, word }) => {
      if (word !== index) return text;
      const start = text.toLowerCase().indexOf(plain);
      return start < 0 ? replacement : text.slice(0, start) + replacement + text.slice(start + plain.length);
    })
    .join('');
}
