/** Something that a text names by a word of its own. */
export interface Named {
  readonly trigger: string;
}

const wordCharacter = '[\\p{L}\\p{M}\\p{N}_]';

/**
 * Finds the words that stand for embeddings, as A1111 and diffusers do: in any case, the longest first. A trigger that
 * begins or ends with a letter or a number does not count inside a longer word.
 */
export class TriggerWords<T extends Named> {
  readonly #named: readonly T[];
  readonly #pattern: RegExp | null;

  constructor(named: readonly T[]) {
    this.#named = named.filter(({ trigger }) => trigger !== '').toSorted((a, b) => b.trigger.length - a.trigger.length);
    this.#pattern = this.#named.length === 0 ? null : new RegExp(this.#named.map(({ trigger }) => `(${alternative(trigger)})`).join('|'), 'giu');
  }

  /** Cuts a word of a text: what is written before, between and after, and what is named, in order. */
  split(text: string): readonly (string | T)[] {
    if (this.#pattern === null) return [text];
    const pieces: (string | T)[] = [];
    let end = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const found = this.#named[match.slice(1).findIndex((group) => group !== undefined)];
      if (found === undefined) continue;
      pieces.push(text.slice(end, match.index), found);
      end = match.index + match[0].length;
    }
    return [...pieces, text.slice(end)].filter((piece) => piece !== '');
  }
}

function alternative(trigger: string): string {
  const word = new RegExp(wordCharacter, 'u');
  const [first = ''] = trigger;
  const last = Array.from(trigger).at(-1) ?? '';
  const literal = trigger.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
  return `${word.test(first) ? `(?<!${wordCharacter})` : ''}${literal}${word.test(last) ? `(?!${wordCharacter})` : ''}`;
}
