/**
 * How strongly the words of a text count, in the notation of AUTOMATIC1111: "(word)" 1.1 times, "[word]" 1/1.1 times,
 * "(word:1.3)" 1.3 times; brackets in brackets multiply, and a backslash before a bracket makes it one of the text. Window
 * and worker read texts by these functions alone. Part of the contract: see api.ts.
 */
import type { Span } from './span.ts';

/** A stretch of the text that counts alike. */
interface WeightedRun extends Span {
  readonly weight: number;
}

/** A stretch of the plain text, and where it is written. */
interface Piece extends Span {
  readonly written: Span;
}

/** A text without the brackets that weigh it. */
interface WeightedText {
  readonly plain: string;
  /** Of the plain text, in order, without gaps; runs beside each other differ. */
  readonly runs: readonly WeightedRun[];
  readonly pieces: readonly Piece[];
}

const bracketFactor = 1.1;
/** Brackets of a kind that are open at once; more are text. It bounds what anybody's text costs to read. */
const deepest = 100;

/** What means something: an escape, a bracket, a weight with the bracket that it closes. All between is text. */
const marks = /\\[()[\]\\]|\\|\(|\[|:(?<weight>[+-]?[.\d]+)\)|\)|\]|[^\\()[\]:]+|:/gu;
const number = /^[+-]?(?:\d+\.?|\d*\.\d+)$/u;

interface Fragment {
  readonly text: string;
  readonly written: Span;
  weight: number;
}

/**
 * Reads the weights as A1111's parse_prompt_attention does: brackets that nothing closes reach to the end, those that close
 * nothing are text. A weight that is no number is text too, where A1111 stops with an error.
 */
export function readWeights(text: string): WeightedText {
  if (last?.text === text) return last.read;
  const read = joined(fragmentsOf(text));
  last = { text, read };
  return read;
}

/** The page reads one caption many times. */
let last: { readonly text: string; readonly read: WeightedText } | null = null;

function fragmentsOf(text: string): readonly Fragment[] {
  const fragments: Fragment[] = [];
  const open: Record<'(' | '[', number[]> = { '(': [], '[': [] };
  const close = (bracket: '(' | '[', factor: number): boolean => {
    const first = open[bracket].pop();
    if (first === undefined) return false;
    for (const fragment of fragments.slice(first)) fragment.weight *= factor;
    return true;
  };
  const add = (part: string, start: number, length: number): void => {
    fragments.push({ text: part, written: { start, end: start + length }, weight: 1 });
  };
  for (const { 0: mark, index, groups } of text.matchAll(marks)) {
    const weight = groups?.['weight'];
    if (mark.startsWith('\\')) add(mark.slice(1), index, mark.length);
    else if (mark === '(' || mark === '[') {
      if (open[mark].length < deepest) open[mark].push(fragments.length);
      else add(mark, index, 1);
    } else if (weight !== undefined) {
      const isWeight = number.test(weight) && close('(', Number(weight));
      if (isWeight) continue;
      add(mark.slice(0, -1), index, mark.length - 1);
      if (!close('(', bracketFactor)) add(')', index + mark.length - 1, 1);
    } else if (mark === ')' ? close('(', bracketFactor) : mark === ']' && close('[', 1 / bracketFactor)) continue;
    else add(mark, index, mark.length);
  }
  while (close('(', bracketFactor));
  while (close('[', 1 / bracketFactor));
  return fragments;
}

function joined(fragments: readonly Fragment[]): WeightedText {
  let plain = '';
  const runs: { start: number; end: number; weight: number }[] = [];
  const pieces: Piece[] = [];
  for (const { text, written, weight } of fragments) {
    if (text === '') continue;
    const start = plain.length;
    plain += text;
    pieces.push({ start, end: plain.length, written });
    const run = runs.at(-1);
    if (run?.weight === weight) run.end = plain.length;
    else runs.push({ start, end: plain.length, weight });
  }
  return { plain, runs, pieces };
}

/** What the model reads of a text: no brackets that weigh, no backslashes before others. */
export function plainText(text: string): string {
  return readWeights(text).plain;
}

/** The text that means these characters and no weights. */
export function literalText(text: string): string {
  return text.replace(/[\\()[\]]/gu, String.raw`\$&`);
}

/** How the characters at these places of the plain text count. @param places in order */
export function weightsAt({ runs }: WeightedText, places: readonly number[]): readonly number[] {
  let run = 0;
  return places.map((place) => {
    while ((runs[run]?.end ?? Infinity) <= place) run += 1;
    return runs[run]?.weight ?? 1;
  });
}

/** Where stretches of the plain text are written. @param spans in order, none of them empty */
export function writtenSpans({ pieces }: WeightedText, spans: readonly Span[]): readonly Span[] {
  let piece = 0;
  const written = (place: number, side: 'start' | 'end'): number => {
    while ((pieces[piece]?.end ?? Infinity) <= place) piece += 1;
    const found = pieces[piece];
    if (found === undefined) return place;
    const isEscaped = found.written.end - found.written.start > found.end - found.start;
    if (isEscaped) return found.written[side];
    return found.written.start + (place - found.start) + (side === 'end' ? 1 : 0);
  };
  return spans.map(({ start, end }) => {
    const from = written(start, 'start');
    const at = piece;
    const to = written(end - 1, 'end');
    // The next span may begin within the same piece; it never begins before this one.
    piece = at;
    return { start: from, end: to };
  });
}
