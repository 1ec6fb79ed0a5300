/** What a job says of the looks and the fine detail of its pins, read and checked before anything starts. */
import { detailStrength, lookRoles, lookStrength, type LookRole, type PictureArea } from '../../workers/api.ts';
import { leastShare } from '../../src/features/compose/looks/area-geometry.ts';
import { WrongArguments, type FlagValues } from './generate-flags.ts';

/** Of one pin; what is not said is as it begins. */
export interface JobLook {
  readonly strength?: number;
  readonly role?: LookRole;
  readonly region?: PictureArea;
}

/** How a look is set by each flag, from the text behind "word=". */
const readers = {
  strength: (text: string, shown: string): JobLook => ({ strength: strengthOf(text, shown, lookStrength) }),
  'take-over': (text: string, shown: string): JobLook => ({ role: roleOf(text, shown) }),
  region: (text: string, shown: string): JobLook => ({ region: regionOf(text, shown) }),
} as const;

/**
 * "1=0.8" → word 1. A region may be of fine detail alone.
 * @param pinned words that have a pin @param hasLook a model with a look is asked for @param detailed words whose fine
 *   detail is copied @throws WrongArguments
 */
export function looksOf(
  values: FlagValues,
  pinned: ReadonlySet<number>,
  { hasLook, detailed }: { readonly hasLook: boolean; readonly detailed: ReadonlySet<number> },
): ReadonlyMap<number, JobLook> {
  const looks = new Map<number, JobLook>();
  for (const [flag, read] of Object.entries(readers)) {
    const given = values[flag] ?? [];
    for (const text of given) {
      const shown = `--${flag} ${text}`;
      const [, word, value] = /^(\d+)=(.+)$/su.exec(text) ?? [];
      if (word === undefined || value === undefined)
        throw new WrongArguments(`${shown} is not ${flag === 'region' ? 'WORD=X,Y,W,H' : 'WORD=VALUE'}.`);
      if (!pinned.has(Number(word)))
        throw new WrongArguments(`${shown}: nothing is pinned on word ${word}. Words are counted from 0.`);
      if (!hasLook && !(flag === 'region' && detailed.has(Number(word))))
        throw new WrongArguments(
          `${shown} goes with an IP-Adapter${flag === 'region' ? ', or with fine detail' : ''}: name one with --look${flag === 'region' ? `, or add --detail ${word}` : ''}.`,
        );
      const set = read(value, shown);
      const before = looks.get(Number(word)) ?? {};
      if (Object.keys(set).some((key) => key in before))
        throw new WrongArguments(`${shown}: word ${word} has one already.`);
      looks.set(Number(word), { ...before, ...set });
    }
  }
  return looks;
}

/** "1" or "1=0.8" → word 1, and how strongly its fine detail is copied. @throws WrongArguments */
export function detailsOf(given: readonly string[], pinned: ReadonlySet<number>): ReadonlyMap<number, number> {
  const details = new Map<number, number>();
  for (const text of given) {
    const shown = `--detail ${text}`;
    const [, word, value] = /^(\d+)(?:=(.+))?$/su.exec(text) ?? [];
    if (word === undefined) throw new WrongArguments(`${shown} is not WORD or WORD=STRENGTH.`);
    if (!pinned.has(Number(word)))
      throw new WrongArguments(`${shown}: nothing is pinned on word ${word}. Words are counted from 0.`);
    if (details.has(Number(word))) throw new WrongArguments(`${shown}: word ${word} has one already.`);
    details.set(Number(word), value === undefined ? detailStrength.default : strengthOf(value, shown, detailStrength));
  }
  return details;
}

interface Limits {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

function strengthOf(text: string, shown: string, { min, max, step }: Limits): number {
  const value = text.trim() === '' ? NaN : Number(text);
  const steps = value / step;
  if (!(value >= min && value <= max) || Math.abs(steps - Math.round(steps)) > 1e-6)
    throw new WrongArguments(`${shown}: the strength must be a number from ${min} to ${max}, in steps of ${step}.`);
  return value;
}

function roleOf(text: string, shown: string): LookRole {
  const role = (Object.keys(lookRoles) as LookRole[]).find((name) => name === text);
  if (role === undefined) throw new WrongArguments(`${shown}: it must be one of ${Object.keys(lookRoles).join(', ')}.`);
  return role;
}

/** Shares of the picture that were computed may be off by this. */
const rounding = 1e-6;

function regionOf(text: string, shown: string): PictureArea {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [x = NaN, y = NaN, width = NaN, height = NaN] = numbers;
  const isInside = (start: number, length: number): boolean =>
    start >= 0 && length >= leastShare && start + length <= 1 + rounding;
  if (numbers.length !== 4 || !isInside(x, width) || !isInside(y, height))
    throw new WrongArguments(
      `${shown}: a region is left, top, width and height as shares of the picture, as in 1=0.5,0.25,0.4,0.6: inside it, and no edge under ${leastShare}.`,
    );
  return { x, y, width, height };
}
