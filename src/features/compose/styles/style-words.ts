/** The words of a style in a caption: put at its end, found, and taken away, without a change to any other word or weight. */
import { chunksOf, coreOf, plainWord, readWeights, splitWords, type Span } from '../../../../workers/api.ts';
import { wordWeights } from '../caption/word-weight.ts';

/** A caption that was written anew, and for each word of the one before its index in it; null where it is gone. */
interface Rewritten {
  readonly caption: string;
  readonly places: readonly (number | null)[];
}

/** Commas and semicolons, of scripts without spaces too. */
const pause = /(?<![,;、，；])[,;、，；]+$/u;
/** After these no comma is wanted. */
const anyEnd = /[,;.:!?、，；。：！？]$/u;

/** Words that differ in case and punctuation alone are the same. */
function keysOf(text: string): readonly string[] {
  return splitWords(text).map((word) => plainWord(word) || word);
}

/** The words of a style one after the other, the last time that they stand so. @returns the first's index */
function findStyle(caption: string, style: string): number | null {
  const all = keysOf(caption);
  const wanted = keysOf(style);
  if (wanted.length === 0) return null;
  for (let first = all.length - wanted.length; first >= 0; first -= 1)
    if (wanted.every((key, index) => all[first + index] === key)) return first;
  return null;
}

export function hasStyle(caption: string, style: string): boolean {
  return findStyle(caption, style) !== null;
}

/**
 * The caption with a style's words at its end. Brackets that nothing has closed are closed before them: they reached to the
 * end, and are not to reach further.
 * @param separator what stands before them, unless the caption ends with a mark
 * @returns null where the words before could not stay as they are
 */
export function withStyle(caption: string, style: string, separator: string): Rewritten | null {
  const closed = withClosedBrackets(caption.trimEnd());
  const before = keysOf(caption);
  const wanted = JSON.stringify([...before, ...keysOf(style)]);
  const places = before.map((_, word) => word);
  const joints = closed === '' ? [''] : anyEnd.test(closed) ? [' '] : [separator, ' '];
  const written = joints
    .map((joint) => `${closed}${joint}${style.trim()}`)
    .find((text) => JSON.stringify(keysOf(text)) === wanted && isKept(caption, text, places));
  return written === undefined ? null : { caption: written, places };
}

function withClosedBrackets(caption: string): string {
  let closed = caption;
  for (const bracket of [')', ']']) while (isSameText(closed, closed + bracket)) closed += bracket;
  return closed;
}

/** Whether two captions have the same words that count alike. */
function isSameText(a: string, b: string): boolean {
  return readWeights(a).plain === readWeights(b).plain && isSameWeights(wordWeights(a), wordWeights(b));
}

const nearness = 1e-6;

function isSameWeights(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((weight, word) => Math.abs(weight - (b[word] ?? 0)) < nearness);
}

/** Whether all words that are still there are the same, and count as they did. */
function isKept(before: string, after: string, places: readonly (number | null)[]): boolean {
  const kept = places.flatMap((place, word) => (place === null ? [] : [{ word, place }]));
  const [keys, newKeys] = [keysOf(before), keysOf(after)];
  const [weights, newWeights] = [wordWeights(before), wordWeights(after)];
  return (
    kept.every(({ word, place }) => keys[word] === newKeys[place]) &&
    isSameWeights(
      kept.map(({ word }) => weights[word] ?? 1),
      kept.map(({ place }) => newWeights[place] ?? 1),
    )
  );
}

/** The caption without the words of a style. @returns null where it has none, or brackets cut through them */
export function withoutStyle(caption: string, style: string): Rewritten | null {
  const first = findStyle(caption, style);
  if (first === null) return null;
  const count = keysOf(style).length;
  const bare = withoutPlain(caption, cutOf(readWeights(caption).plain, first, count));
  const places = keysOf(caption).map((_, word) => (word < first ? word : word < first + count ? null : word - count));
  const left = places.filter((place) => place !== null).length;
  const written = [withoutEmptyBrackets(bare), bare].find(
    (text) => keysOf(text).length === left && isKept(caption, text, places),
  );
  return written === undefined ? null : { caption: written.trim(), places };
}

/** What goes with the words of the plain text: the pause that stood before them, or the one behind. */
function cutOf(plain: string, first: number, count: number): Span {
  const spans = chunksOf(plain).flatMap(({ words }) => words);
  const [own, last, previous, next] = [first, first + count - 1, first - 1, first + count].map((word) => spans[word]);
  const start = own?.start ?? 0;
  const end = last?.end ?? plain.length;
  if (previous === undefined) return { start: 0, end: next?.start ?? plain.length };
  const before = plain.slice(previous.start, previous.end);
  if (next === undefined) return { start: previous.start + before.replace(pause, '').length, end: plain.length };
  const lastWord = plain.slice(last?.start ?? start, end);
  if (pause.test(lastWord) && !pause.test(before))
    return { start: previous.end, end: (last?.start ?? start) + coreOf(lastWord).end };
  return { start, end: next.start };
}

/** The text as it is written, without a stretch of what it says. */
function withoutPlain(text: string, cut: Span): string {
  let left = '';
  let end = 0;
  for (const { written, ...piece } of readWeights(text).pieces) {
    const said = text.slice(written.start, written.end);
    const from = Math.max(cut.start, piece.start) - piece.start;
    const to = Math.min(cut.end, piece.end) - piece.start;
    const isEscaped = said.length > piece.end - piece.start;
    left += text.slice(end, written.start);
    left += from >= to ? said : isEscaped ? '' : said.slice(0, from) + said.slice(to);
    end = written.end;
  }
  return left + text.slice(end);
}

const emptyBrackets = /(?<!\\)(?:\((?::[+-]?[.\d]+)?\)|\[\])/u;

function withoutEmptyBrackets(text: string): string {
  let left = text;
  while (emptyBrackets.test(left)) left = left.replace(emptyBrackets, '');
  return left;
}
