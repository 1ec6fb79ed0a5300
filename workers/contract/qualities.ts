/** Qualities for people who do not want to count steps. Part of the contract: see api.ts. */
import { type SchedulerName, schedulers } from './schedulers.ts';

export const qualities = { quick: 'Quick', good: 'Good', best: 'Best' } as const;
export type Quality = keyof typeof qualities;

const usualSteps: Readonly<Record<Quality, number>> = { quick: 15, good: 25, best: 50 };
/** Consistency models are trained for a few large steps (Luo et al. 2023, arXiv 2310.04378). */
const fewSteps: Readonly<Record<Quality, number>> = { quick: 4, good: 6, best: 8 };

export function stepsOfQuality(quality: Quality, scheduler: SchedulerName): number {
  return (schedulers[scheduler].isForFewSteps ? fewSteps : usualSteps)[quality];
}

/** @returns null where the number of steps is none of these qualities */
export function qualityOfSteps(steps: number, scheduler: SchedulerName): Quality | null {
  const names = Object.keys(qualities) as Quality[];
  return names.find((quality) => stepsOfQuality(quality, scheduler) === steps) ?? null;
}
