import type { GuidanceSchedule, GuidanceSettings, ProgressInterval } from '../../api.ts';

/**
 * α and w of one step. Outside of its interval α is 0, so that the text speaks alone, and w is 1, so that nothing is
 * guided away from (Kynkäänniemi et al. 2024, arXiv 2404.07724).
 * @param settings what the person has set by now
 * @param progress share of the steps that are done before this one
 */
export function guidanceAt(
  settings: GuidanceSettings,
  { alpha, guidanceScale }: GuidanceSchedule,
  progress: number,
): GuidanceSettings {
  return {
    alpha: holds(alpha, progress) ? settings.alpha : 0,
    guidanceScale: holds(guidanceScale, progress) ? settings.guidanceScale : 1,
  };
}

/** Whether a step of a run lies in the interval. @param firstStep steps that are left out before it begins */
export function holdsAtAnyStep(interval: ProgressInterval, steps: number, firstStep = 0): boolean {
  return Array.from({ length: steps - firstStep }, (_, index) => (firstStep + index) / steps).some((progress) =>
    holds(interval, progress),
  );
}

function holds({ from, to }: ProgressInterval, progress: number): boolean {
  return progress >= from && progress < to;
}
