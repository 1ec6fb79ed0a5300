import type { GuidanceSchedule, GuidanceSettings, ProgressInterval } from '../../api.ts';

const wholeWay: ProgressInterval = { from: 0, to: 1 };

/** α and w hold on the whole way, as in the paper. */
export const constantGuidance: GuidanceSchedule = { alpha: wholeWay, guidanceScale: wholeWay };

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

function holds({ from, to }: ProgressInterval, progress: number): boolean {
  return progress >= from && progress < to;
}
