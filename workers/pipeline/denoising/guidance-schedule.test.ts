import { describe, expect, it } from 'vitest';

import type { GuidanceSchedule } from '../../api.ts';
import { guidancePresets } from '../../contract/guidance-presets.ts';
import { guidanceBranches } from './guidance.ts';
import { guidanceAt, holdsAtAnyStep } from './guidance-schedule.ts';

const known = new Set(['unified', 'text', 'unconditional'] as const);
const settings = { alpha: 0.5, guidanceScale: 7.5 };

/** The first letters of the branches that each of ten steps computes. */
const branchesPerStep = (schedule: GuidanceSchedule, { alpha, guidanceScale } = settings): string[] =>
  Array.from({ length: 10 }, (_, step) =>
    guidanceBranches(guidanceAt({ alpha, guidanceScale }, schedule, step / 10), known)
      .map(({ branch }) => branch.slice(0, 2))
      .join(' '),
  );

const times = (count: number, value: string): string[] => new Array<string>(count).fill(value);

describe('the branches that steps compute', () => {
  it('are all three where guidance is constant', () => {
    expect(branchesPerStep(guidancePresets.paper.schedule)).toEqual(times(10, 'un te un'));
  });

  it('are text and no text first where the subject comes late', () => {
    const late = { ...guidancePresets.paper.schedule, alpha: { from: 0.3, to: 1 } };
    expect(branchesPerStep(late)).toEqual([...times(3, 'te un'), ...times(7, 'un te un')]);
  });

  it('are without the unconditional one outside of a guidance interval', () => {
    const interval = { ...guidancePresets.paper.schedule, guidanceScale: { from: 0.2, to: 0.6 } };
    expect(branchesPerStep(interval)).toEqual([...times(2, 'un te'), ...times(4, 'un te un'), ...times(4, 'un te')]);
  });

  it.each([
    [{ from: 0.2, to: 0.5 }, 2, 0, false],
    [{ from: 0.2, to: 0.5 }, 4, 0, true],
    [{ from: 0, to: 0.6 }, 10, 6, false],
    [{ from: 0, to: 0.6 }, 10, 5, true],
    [{ from: 0, to: 1 }, 1, 0, true],
  ])('lie in %j in one of %i steps from %i on: %s', (interval, steps, firstStep, expected) => {
    expect(holdsAtAnyStep(interval, steps, firstStep)).toBe(expected);
  });

  it('are looked for from the first step on', () => {
    expect(holdsAtAnyStep({ from: 0, to: 0.1 }, 5)).toBe(true);
  });

  it('follow what is set meanwhile, inside of the intervals', () => {
    const late = { alpha: { from: 0.5, to: 1 }, guidanceScale: { from: 0, to: 0.8 } };
    expect(branchesPerStep(late, { alpha: 1, guidanceScale: 3 })).toEqual([
      ...times(5, 'te un'),
      ...times(3, 'un un'),
      ...times(2, 'un'),
    ]);
  });
});
