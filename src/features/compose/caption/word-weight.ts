/** How strongly a word of the caption counts, and how the caption is written where it counts otherwise. */
import {
  chunksOf,
  coreOf,
  readWeights,
  splitWords,
  weightsAt,
  writtenSpans,
  type Span,
} from '../../../../workers/api.ts';
import { composeStore, setCaption } from '../draft/compose-store.ts';

/** What the buttons reach; a caption may say more. */
export const weightRange = { min: 0.1, max: 2, step: 0.1 } as const;

/** Written with two decimals, a weight within a weight is met as closely as this. */
const nearness = 0.03;

/** The weight of each word, by its index: that of its first letter. */
export function wordWeights(caption: string): readonly number[] {
  const weighted = readWeights(caption);
  return weightsAt(
    weighted,
    coresOf(weighted.plain).map(({ start }) => start),
  );
}

/** Words without the punctuation around them, within the plain text. */
function coresOf(plain: string): readonly Span[] {
  return chunksOf(plain)
    .flatMap(({ words }) => words)
    .map(({ start, end }) => {
      const core = coreOf(plain.slice(start, end));
      return { start: start + core.start, end: start + core.end };
    });
}

/** As people read it: at most two decimals. */
export function weightText(weight: number): string {
  return String(Number(weight.toFixed(2)));
}

/**
 * The caption with another weight on one word: in brackets of its own, whose number makes up for those around it.
 * @returns null where brackets cut through the word, or those around it leave nothing of it
 */
export function withWeight(caption: string, word: number, weight: number): string | null {
  const bare = withoutOwnBrackets(caption, word);
  const around = wordWeights(bare)[word] ?? 1;
  const factor = Number((weight / around).toFixed(2));
  const core = writtenCore(bare, word);
  if (core === null || !Number.isFinite(factor)) return null;
  const written =
    factor === 1
      ? bare
      : `${bare.slice(0, core.start)}(${bare.slice(core.start, core.end)}:${factor})${bare.slice(core.end)}`;
  return isSameButFor(caption, written, word, weight) ? written : null;
}

function writtenCore(caption: string, word: number): Span | null {
  const weighted = readWeights(caption);
  const core = coresOf(weighted.plain)[word];
  return core === undefined ? null : (writtenSpans(weighted, [core])[0] ?? null);
}

const ownWeight = /^(?::[+-]?[.\d]+)?\)/u;

/** Takes brackets away that hold this word alone. */
function withoutOwnBrackets(caption: string, word: number): string {
  const core = writtenCore(caption, word);
  if (core === null) return caption;
  const before = caption.slice(0, core.start);
  const behind = caption.slice(core.end);
  const closing = before.endsWith('(') ? ownWeight.exec(behind)?.[0] : undefined;
  const squared = before.endsWith('[') && behind.startsWith(']') ? ']' : undefined;
  const closed = closing ?? squared;
  if (closed === undefined || /\\[([]$/u.test(before)) return caption;
  const bare = before.slice(0, -1) + caption.slice(core.start, core.end) + behind.slice(closed.length);
  return sameWords(caption, bare) ? bare : caption;
}

function sameWords(a: string, b: string): boolean {
  return JSON.stringify(splitWords(a)) === JSON.stringify(splitWords(b));
}

function isSameButFor(before: string, after: string, word: number, weight: number): boolean {
  if (!sameWords(before, after)) return false;
  const weights = wordWeights(before);
  return wordWeights(after).every(
    (found, index) => Math.abs(found - (index === word ? weight : (weights[index] ?? 1))) < nearness,
  );
}

/** The weight one step up or down, within what the buttons reach; a weight beyond it comes back towards it. */
export function nextWeight(weight: number, direction: 1 | -1): number {
  const { min, max, step } = weightRange;
  const next = Math.round((weight + direction * step) * 10) / 10;
  return Math.min(max, Math.max(min, next));
}

/** Lets a word of the caption count more or less. @returns false where the caption cannot be written so */
export function changeWeight(word: number, weight: number): boolean {
  const { caption } = composeStore.getState();
  const changed = withWeight(caption, word, weight);
  if (changed === null) return false;
  setCaption(changed);
  composeStore.setState(({ composition }) => ({ composition: composition + 1 }));
  return true;
}
