/** α and w over the way of a picture, and the ways that are offered. Part of the contract: see api.ts. */

/** A part of the way of a picture: 0 is its first step, 1 its end, which is not reached. */
export interface ProgressInterval {
  readonly from: number;
  readonly to: number;
}

/** Where on the way α and w hold; elsewhere the text speaks alone (α = 0), and nothing is guided away from (w = 1). */
export interface GuidanceSchedule {
  readonly alpha: ProgressInterval;
  readonly guidanceScale: ProgressInterval;
}

const wholeWay: ProgressInterval = { from: 0, to: 1 };

interface GuidancePreset {
  readonly label: string;
  readonly schedule: GuidanceSchedule;
}

/** In the order in which they are offered. */
export const guidancePresets = {
  paper: { label: 'Constant, as in the paper', schedule: { alpha: wholeWay, guidanceScale: wholeWay } },
  /** What is large is laid out in the first steps: they follow the text, and cost a branch less. */
  'layout-first': {
    label: 'Layout first, then the subject',
    schedule: { alpha: { from: 0.2, to: 1 }, guidanceScale: wholeWay },
  },
  /** Guidance matters least at the end (Kynkäänniemi et al. 2024, arXiv 2404.07724; Castillo et al. 2023, arXiv 2312.12487). */
  light: {
    label: 'Light: no guidance at the end',
    schedule: { alpha: wholeWay, guidanceScale: { from: 0, to: 0.6 } },
  },
} as const satisfies Readonly<Record<string, GuidancePreset>>;

export type GuidancePresetName = keyof typeof guidancePresets;

export const guidancePresetLabels = Object.fromEntries(
  Object.entries(guidancePresets).map(([name, { label }]) => [name, label]),
) as { readonly [Name in GuidancePresetName]: (typeof guidancePresets)[Name]['label'] };
