/**
 * Editing the caption must not lose pins. A pin moves with its word, also where the word is edited or another one takes
 * its place. A pin whose word is gone waits: it comes back when its word is typed again (undo, cut and paste), and goes to
 * the word that is typed next where it stood.
 */
import { plainWord } from '../../../../workers/api.ts';
import { alignWords } from './align-words.ts';

interface Anchored {
  /** The plain word that it belongs to. */
  readonly anchor: string;
}

/** A pin without a word. */
export interface Waiting<Pin> {
  readonly pin: Pin;
  /** Index of the word before which its own stood, while nothing else was edited since; else null. */
  readonly gap: number | null;
}

type Placed<Pin> = Pin & { readonly word: number };

export interface Carried<Pin> {
  readonly pins: readonly Placed<Pin>[];
  readonly waiting: readonly Waiting<Pin>[];
}

/**
 * Moves pins from the old words to the new ones.
 * @param places for each old word its index in the new list, null where it is gone; where that is not known it is told by the words
 */
export function carryPins<Pin extends Anchored>(
  before: readonly string[],
  after: readonly string[],
  { pins, waiting }: Carried<Pin>,
  places: readonly (number | null)[] | null = null,
): Carried<Pin> {
  if (before.length === after.length && before.every((text, word) => text === after[word])) return { pins, waiting };
  const aligned = places ?? alignWords(before, after);
  const kept: Placed<Pin>[] = [];
  const lost: Waiting<Pin>[] = [];
  for (const pin of pins) {
    const word = aligned[pin.word] ?? null;
    if (word === null) lost.push({ pin, gap: gapOf(aligned, pin.word, after.length) });
    else kept.push({ ...pin, word, anchor: anchorOn(pin, after[word] ?? '') });
  }
  const origins = new Map(aligned.flatMap((word, index) => (word === null ? [] : [[word, index] as const])));
  const taken = new Set(kept.map(({ word }) => word));
  let left: readonly Waiting<Pin>[] = [...waiting, ...lost];
  for (const [word, text] of left.length === 0 ? [] : after.entries()) {
    // Only a word that was just typed takes a pin: an unpinned "dog" that was there all along stays unpinned.
    const origin = origins.get(word);
    const isNew = origin === undefined || plainWord(before[origin] ?? '') !== plainWord(text);
    if (!isNew || taken.has(word)) continue;
    const found =
      left.findLast(({ pin }) => pin.anchor !== '' && pin.anchor === plainWord(text)) ??
      waiting.find((each) => left.includes(each) && isTypedInto(each.gap, word, aligned, after.length));
    if (found === undefined) continue;
    kept.push({ ...found.pin, word, anchor: anchorOn(found.pin, text) });
    left = left.filter((each) => each !== found);
  }
  return {
    pins: kept.sort((a, b) => a.word - b.word),
    // What has waited through this edit no longer knows its place.
    waiting: left.map((each) => (lost.includes(each) ? each : { pin: each.pin, gap: null })),
  };
}

/** While a word is being erased, letter by letter, its pin goes on belonging to all of it. */
function anchorOn({ anchor }: Anchored, text: string): string {
  const plain = plainWord(text);
  return anchor.startsWith(plain) ? anchor : plain;
}

/** Where a word stood that alone has vanished. */
function gapOf(aligned: readonly (number | null)[], word: number, length: number): number | null {
  const isAlone = aligned.filter((place) => place === null).length === 1 && length > 0;
  return isAlone ? (aligned[word - 1] ?? -1) + 1 : null;
}

/** Whether a word alone has appeared between the two words on the sides of a gap. */
function isTypedInto(gap: number | null, word: number, aligned: readonly (number | null)[], length: number): boolean {
  if (gap === null) return false;
  const previous = gap === 0 ? -1 : aligned[gap - 1];
  const next = gap === aligned.length ? length : aligned[gap];
  return previous === word - 1 && next === word + 1;
}
