/**
 * Editing the caption must not lose pins. The old and the new word list are aligned by their longest common
 * subsequence; a pin moves with its word. A word that is being typed on ("dog" → "dogs") keeps its pin. A pin
 * whose word is gone is parked and comes back when the same word is typed again (undo, cut and paste, a retyped word).
 */
import { plainWord } from '../../../workers/api.ts';

interface Placed {
  readonly word: number;
  /** The plain word that it was pinned to. */
  readonly anchor: string;
}

export interface Carried<Pin> {
  readonly pins: readonly Pin[];
  readonly parked: readonly Pin[];
}

/** Where each old word is in the new list; null where it is gone. */
export function alignWords(before: readonly string[], after: readonly string[]): readonly (number | null)[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;

  const middle = alignMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return before.map((_, index) => {
    if (index < head) return index;
    if (index >= before.length - tail) return index + after.length - before.length;
    const found = middle[index - head] ?? null;
    return found === null ? null : found + head;
  });
}

/** Longest common subsequence by dynamic programming; then gaps of equal length are matched by likeness. */
function alignMiddle(before: readonly string[], after: readonly string[]): readonly (number | null)[] {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const aligned: (number | null)[] = before.map(() => null);
  let row = 0;
  let column = 0;
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) aligned[row++] = column++;
    else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return matchEditedWords(before, after, aligned);
}

/** Between two aligned words, as many old words as new ones are the same words edited, where they look alike. */
function matchEditedWords(
  before: readonly string[],
  after: readonly string[],
  aligned: readonly (number | null)[],
): readonly (number | null)[] {
  const result = [...aligned];
  let gapStart = 0;
  let previous = -1;
  for (let index = 0; index <= before.length; index += 1) {
    const found = index === before.length ? after.length : (aligned[index] ?? null);
    if (found === null) continue;
    if (index - gapStart === found - previous - 1) {
      for (let offset = 0; offset < index - gapStart; offset += 1) {
        const target = previous + 1 + offset;
        if (looksEdited(before[gapStart + offset] ?? '', after[target] ?? '')) result[gapStart + offset] = target;
      }
    }
    gapStart = index + 1;
    previous = found;
  }
  return result;
}

/** One begins with the other, or they differ only in case and punctuation. */
function looksEdited(before: string, after: string): boolean {
  const [a, b] = [plainWord(before), plainWord(after)];
  if (a === '' || b === '') return false;
  return a.startsWith(b) || b.startsWith(a);
}

/** Moves pins from the old words to the new ones, parks those whose word is gone, brings back parked ones. */
export function carryPins<Pin extends Placed>(
  before: readonly string[],
  after: readonly string[],
  { pins, parked }: Carried<Pin>,
): Carried<Pin> {
  const aligned = alignWords(before, after);
  const kept: Pin[] = [];
  let waiting: Pin[] = [...parked];
  for (const pin of pins) {
    const word = aligned[pin.word] ?? null;
    if (word === null) waiting.push(pin);
    else kept.push({ ...pin, word });
  }
  const old = new Set(aligned.filter((index) => index !== null));
  after.forEach((text, word) => {
    // Only a word that was just typed brings a pin back: an unpinned "dog" that was there all along stays unpinned.
    const isNew = !old.has(word) || looksCompleted(before, aligned, word, text);
    if (!isNew || kept.some((pin) => pin.word === word)) return;
    const back = waiting.findLast((pin) => pin.anchor === plainWord(text));
    if (back === undefined) return;
    kept.push({ ...back, word });
    waiting = waiting.filter((pin) => pin !== back);
  });
  return { pins: kept.sort((a, b) => a.word - b.word), parked: waiting };
}

/** "do" became "dog": aligned as an edit, and the word that a parked pin waits for is complete only now. */
function looksCompleted(
  before: readonly string[],
  aligned: readonly (number | null)[],
  word: number,
  text: string,
): boolean {
  const from = aligned.indexOf(word);
  return from >= 0 && plainWord(before[from] ?? '') !== plainWord(text);
}
