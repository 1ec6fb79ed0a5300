/** Where each word of a caption is after an edit. */
import { plainWord } from '../../../../workers/api.ts';

/** For each old word its index in the new list; null where it is gone. */
type Alignment = readonly (number | null)[];

/** Cells of the tables of one alignment: what a caption of 1,000 words takes that is written again. */
const mostCells = 1_000_000;

/**
 * Aligns the words of a caption before and after an edit: the same words in the same order, and between them words that
 * were edited or replaced. Of a change so large that its table would have too many cells, only words that occur once in
 * both are aligned.
 */
export function alignWords(before: readonly string[], after: readonly string[]): Alignment {
  const aligned: (number | null)[] = before.map(() => null);
  const align = (from: Range, to: Range, budget: number): number => {
    const { inner, cells } = trim(from, to);
    if (cells > budget) return budget;
    alignByTable(inner.from, inner.to);
    return budget - cells;
  };
  /** Aligns the same words at both ends. @returns what lies between, and how many cells its table has */
  const trim = (from: Range, to: Range): { inner: { from: Range; to: Range }; cells: number } => {
    let [start, end] = [from.start, from.end];
    let [newStart, newEnd] = [to.start, to.end];
    while (start < end && newStart < newEnd && before[start] === after[newStart]) aligned[start++] = newStart++;
    while (start < end && newStart < newEnd && before[end - 1] === after[newEnd - 1]) aligned[--end] = --newEnd;
    const inner = { from: { start, end }, to: { start: newStart, end: newEnd } };
    return { inner, cells: (end - start) * (newEnd - newStart) };
  };
  const alignByTable = (from: Range, to: Range): void => {
    const found = longestCommonSubsequence(before.slice(from.start, from.end), after.slice(to.start, to.end));
    for (const [index, place] of found) aligned[from.start + index] = to.start + place;
  };

  const { inner, cells } = trim({ start: 0, end: before.length }, { start: 0, end: after.length });
  if (cells <= mostCells) alignByTable(inner.from, inner.to);
  else {
    let budget = mostCells;
    let [start, newStart] = [inner.from.start, inner.to.start];
    for (const [index, place] of [...uniqueWords(before, after, inner), [inner.from.end, inner.to.end] as const]) {
      budget = align({ start, end: index }, { start: newStart, end: place }, budget);
      if (index < inner.from.end) aligned[index] = place;
      [start, newStart] = [index + 1, place + 1];
    }
  }
  return matchEditedWords(before, after, aligned);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** By dynamic programming. @returns pairs of indices, in order */
function longestCommonSubsequence(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [row, column] = [0, 0];
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** Words that occur once in each list: the longest run of them that keeps its order. @returns pairs of indices */
function uniqueWords(
  before: readonly string[],
  after: readonly string[],
  { from, to }: { readonly from: Range; readonly to: Range },
): (readonly [number, number])[] {
  const places = onlyPlaces(after, to);
  const pairs = [...onlyPlaces(before, from)].flatMap(([word, index]) => {
    const place = places.get(word);
    return place === undefined ? [] : [[index, place] as const];
  });
  pairs.sort(([a], [b]) => a - b);
  return longestIncreasing(pairs);
}

function onlyPlaces(words: readonly string[], { start, end }: Range): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (let index = start; index < end; index += 1) {
    const word = words[index] ?? '';
    if (places.has(word)) repeated.add(word);
    else places.set(word, index);
  }
  for (const word of repeated) places.delete(word);
  return places;
}

interface Link {
  readonly pair: readonly [number, number];
  readonly previous: Link | null;
}

/** The longest selection whose second numbers increase, by patience sorting: n log n. */
function longestIncreasing(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  /** By length, the selection of that length that ends lowest. */
  const lowest: Link[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, lowest.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lowest[middle]?.pair[1] ?? Infinity) < pair[1]) low = middle + 1;
      else high = middle;
    }
    lowest[low] = { pair, previous: lowest[low - 1] ?? null };
  }
  const result: (readonly [number, number])[] = [];
  for (let link = lowest.at(-1) ?? null; link !== null; link = link.previous) result.push(link.pair);
  return result.reverse();
}

/** Between two aligned words, as many old words as new ones are the same words edited where they look alike; one word in the place of one is its successor. */
function matchEditedWords(before: readonly string[], after: readonly string[], aligned: Alignment): Alignment {
  const result = [...aligned];
  let gapStart = 0;
  let previous = -1;
  for (let index = 0; index <= before.length; index += 1) {
    const found = index === before.length ? after.length : (aligned[index] ?? null);
    if (found === null) continue;
    const length = index - gapStart;
    if (length === found - previous - 1) {
      for (let offset = 0; offset < length; offset += 1) {
        const target = previous + 1 + offset;
        if (length === 1 || looksEdited(before[gapStart + offset] ?? '', after[target] ?? ''))
          result[gapStart + offset] = target;
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
