/** Something that a text names by a word of its own. */
export interface Named {
  readonly trigger: string;
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

  /** Cuts a word of a text: what is written before, between and after, and what is named, in order. */
  split(text: string): readonly (string | T)[] {
    const pieces: (string | T)[] = [];
    let end = 0;
    for (let start = 0; start < text.length; start++) {
      const found = this.#named.find(({ word, named: { trigger } }) =>
        matchesAt(text, start, trigger.length, word),
      )?.named;
      if (found === undefined) continue;
      pieces.push(text.slice(end, start), found);
      end = start + found.trigger.length;
      start = end - 1;
    }
    return [...pieces, text.slice(end)].filter((piece) => piece !== '');
  }
}

function matchesAt(text: string, start: number, length: number, word: string): boolean {
  const end = start + length;
  if (text.slice(start, end).toLowerCase() !== word) return false;
  return (
    !isOneWord(text.slice(0, start), text.slice(start, end)) && !isOneWord(text.slice(start, end), text.slice(end))
  );
}

/** Whether a word goes on from one text to the next. */
function isOneWord(before: string, after: string): boolean {
  const last = Array.from(before.slice(-2)).at(-1) ?? '';
  const [first = ''] = after;
  return wordCharacter.test(last) && wordCharacter.test(first);
}
