/** What pictures of one seed can be compared by, and which values are tried. */
import { schedulerLabels, schedulerNames, schedulers, settingTable, type Settings } from '../../../workers/api.ts';
import { weightText } from '../compose/word-weight.ts';

/** One picture of a comparison: what it changes, and what is written below it. */
interface Variant {
  readonly change: Partial<Settings>;
  readonly label: string;
}

interface Axis {
  readonly label: string;
  /** Most at `count`, in order; fewer where there are no more. */
  readonly variants: (settings: Settings, count: number) => readonly Variant[];
}

const factors: Readonly<Record<3 | 5, readonly number[]>> = { 3: [0.5, 1, 2], 5: [0.4, 0.7, 1, 1.5, 2] };

/** Values around the present one, within what the setting allows, each once. */
function around(settings: Settings, key: 'steps' | 'guidanceScale', count: number): readonly number[] {
  const { min, max: most, step } = settingTable[key];
  const max = key === 'steps' ? schedulers[settings.scheduler].maxSteps : most;
  const values = factors[count < 5 ? 3 : 5].map((factor) =>
    Math.min(max, Math.max(min, Math.round((settings[key] * factor) / step) * step)),
  );
  return [...new Set([...values, settings[key]])].toSorted((a, b) => a - b);
}

const ends: Readonly<Record<number, string>> = { 0: 'text', 1: 'subject' };

export const compareAxes = {
  alpha: {
    label: 'α',
    variants: (_, count) =>
      Array.from({ length: count }, (_each, index) => {
        const alpha = index / (count - 1);
        return { change: { alpha }, label: ends[alpha] ?? weightText(alpha) };
      }),
  },
  guidanceScale: {
    label: 'Guidance',
    variants: (settings, count) =>
      around(settings, 'guidanceScale', count).map((guidanceScale) => ({
        change: { guidanceScale },
        label: String(guidanceScale),
      })),
  },
  steps: {
    label: 'Steps',
    variants: (settings, count) =>
      around(settings, 'steps', count).map((steps) => ({ change: { steps }, label: String(steps) })),
  },
  seed: {
    label: 'Seed',
    variants: ({ seed }, count) =>
      Array.from({ length: count }, (_, index) => {
        const next = (seed + index) % (settingTable.seed.max + 1);
        return { change: { seed: next }, label: String(next) };
      }),
  },
  scheduler: {
    label: 'Scheduler',
    // Those for few steps make noise of other models, and the others of theirs.
    variants: ({ scheduler }, count) =>
      schedulerNames
        .filter((name) => schedulers[name].isForFewSteps === schedulers[scheduler].isForFewSteps)
        .slice(0, count)
        .map((name) => ({ change: { scheduler: name }, label: schedulerLabels[name] })),
  },
} as const satisfies Readonly<Record<string, Axis>>;

export type CompareAxis = keyof typeof compareAxes;
export const compareAxisNames = Object.keys(compareAxes) as readonly CompareAxis[];

/** Pictures of a row; of a column where there are rows. */
const across = 5;
const down = 3;

interface CellOf {
  readonly settings: Settings;
  readonly column: { readonly label: string; readonly index: number; readonly count: number };
  readonly row: { readonly label: string; readonly index: number; readonly count: number } | null;
}

/** The pictures of a comparison, row by row. @param rows null makes one row */
export function compareCells(settings: Settings, columns: CompareAxis, rows: CompareAxis | null): readonly CellOf[] {
  const base: Settings = { ...settings, count: 1, seedLocked: true };
  const cellsOf = (of: Settings, row: CellOf['row']): readonly CellOf[] => {
    const variants = compareAxes[columns].variants(of, across);
    return variants.map(({ change, label }, index) => ({
      settings: { ...of, ...change },
      column: { label, index, count: variants.length },
      row,
    }));
  };
  if (rows === null || rows === columns) return cellsOf(base, null);
  const variants = compareAxes[rows].variants(base, down);
  return variants.flatMap(({ change, label }, index) =>
    cellsOf({ ...base, ...change }, { label, index, count: variants.length }),
  );
}
