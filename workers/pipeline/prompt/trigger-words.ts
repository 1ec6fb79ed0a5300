import { spacelessCharacter } from '../../contract/words.ts';

/** Something that a text names by a word of its own. */
export interface Named {
  readonly trigger: string;
}

/** A part of a text: what is named there, or null for plain text. */
export interface Piece<T> {
  readonly text: string;
  readonly named: T | null;
}

const wordCharacter = /[\p{L}\p{M}\p{N}_]/u;

/**
 * Finds the words that stand for embeddings, as A1111 and diffusers do: in any case, the longest first. A trigger that
 * begins or ends with a letter or a number does not count inside a longer word.
 */
export class TriggerWords<T extends Named> {
  readonly #named: readonly { readonly word: string; readonly named: T }[];

  constructor(named: readonly T[]) {
    this.#named = named
      .filter(({ trigger }) => trigger !== '')
      .map((each) => ({ word: each.trigger.toLowerCase(), named: each }))
      .toSorted((a, b) => b.named.trigger.length - a.named.trigger.length);
  }

  /** Cuts a text without white space: what is written before, between and after, and what is named, in order. */
  split(text: string): readonly Piece<T>[] {
    const pieces: Piece<T>[] = [];
    const plain = (to: number): Piece<T> => ({ text: text.slice(end, to), named: null });
    let end = 0;
    for (let start = 0; start < text.length; start++) {
      const found = this.#named.find(({ word, named: { trigger } }) =>
        matchesAt(text, start, trigger.length, word),
      )?.named;
      if (found === undefined) continue;
      pieces.push(plain(start), { text: text.slice(start, start + found.trigger.length), named: found });
      end = start + found.trigger.length;
      start = end - 1;
    }
    return [...pieces, plain(text.length)].filter((piece) => piece.text !== '');
  }
}

function matchesAt(text: string, start: number, length: number, word: string): boolean {
  const end = start + length;
  if (text.slice(start, end).toLowerCase() !== word) return false;
  return (
    !isOneWord(text.slice(0, start), text.slice(start, end)) && !isOneWord(text.slice(start, end), text.slice(end))
  );
}

/** Whether a word goes on from one text to the next. Where a script writes no spaces, each character may begin one. */
function isOneWord(before: string, after: string): boolean {
  const last = Array.from(before.slice(-2)).at(-1) ?? '';
  const [first = ''] = after;
  return [last, first].every((character) => wordCharacter.test(character) && !spacelessCharacter.test(character));
}
