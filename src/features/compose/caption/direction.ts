/** In which order words are drawn: as the Unicode bidirectional algorithm (UAX 9) orders the same words in a text field. */

export type Direction = 'ltr' | 'rtl';

const letter = /\p{L}|\u200e|\u200f/u;
/** The blocks whose letters are written from right to left, and their mark. */
const rightToLeft = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const digit = /\p{Nd}/u;

function strongDirection(text: string): Direction | null {
  const first = letter.exec(text)?.[0];
  return first === undefined ? null : rightToLeft.test(first) ? 'rtl' : 'ltr';
}

/** The direction of a text as a whole: that of its first letter. */
export function textDirection(text: string): Direction {
  return strongDirection(text) ?? 'ltr';
}

/** Words that follow each other in one direction. */
export interface Run {
  readonly direction: Direction;
  /** Indices of the words. */
  readonly words: readonly number[];
}

/** @param base direction of the whole */
export function directionRuns(words: readonly string[], base: Direction): readonly Run[] {
  const runs: { direction: Direction; words: number[] }[] = [];
  for (const [word, direction] of wordDirections(words, base).entries()) {
    const last = runs.at(-1);
    if (last?.direction === direction) last.words.push(word);
    else runs.push({ direction, words: [word] });
  }
  return runs;
}

function wordDirections(words: readonly string[], base: Direction): readonly Direction[] {
  const known: (Direction | null)[] = [];
  let strong = base;
  for (const word of words) {
    const own = strongDirection(word);
    strong = own ?? strong;
    // A number goes with the letters before it; what has neither goes between its neighbours.
    known.push(own ?? (digit.test(word) ? strong : null));
  }
  const after = known.map(() => base);
  for (let index = words.length - 2, next = base; index >= 0; index -= 1) {
    next = known[index + 1] ?? next;
    after[index] = next;
  }
  let before = base;
  return known.map((direction, index) => {
    const resolved = direction ?? (before === after[index] ? before : base);
    before = direction ?? before;
    return resolved;
  });
}
