/** What pictures of one seed can be compared by, and which values are tried. */
import {
  loraWeight,
  schedulerLabels,
  schedulerNames,
  schedulers,
  settingTable,
  splitWords,
  weightFileStem,
  type ModelSummary,
  type Settings,
} from '../../../../workers/api.ts';
import { lookOf, type ComposeData, type WordPin } from '../../compose/pins/pins.ts';
import { weightText } from '../../compose/caption/word-weight.ts';

/** Weights of LoRA files, by their id. */
type LoraWeights = Readonly<Record<string, number>>;

/** What a picture of a comparison is made of. */
interface Order {
  readonly compose: ComposeData;
  readonly settings: Settings;
  /** Of a comparison by the weight of a LoRA file; null leaves all as they are chosen. */
  readonly loraWeights: LoraWeights | null;
}

/** What is compared. */
export interface Compared extends Order {
  /** null while none is loaded. */
  readonly model: Pick<ModelSummary, 'look' | 'canPinPictures'> | null;
  readonly loras: readonly { readonly id: string; readonly name: string; readonly weight: number }[];
  /** Says more than the caption, in place of pictures; empty where the person typed none. */
  readonly detailedCaption: string;
  /** The word of the pin whose look is tried at several strengths; the first one that has a look where it has none. */
  readonly word: number | null;
  /** The LoRA file that is tried at several weights; else the first. */
  readonly lora: string | null;
}

/** One picture of a comparison: what it changes, and what is written below it. */
interface Variant {
  readonly change: Partial<Order>;
  readonly label: string;
}

interface Axis {
  readonly label: string;
  /** As the button says it. */
  readonly name?: string;
  /** Absent: always. */
  readonly isUsable?: (compared: Compared) => boolean;
  /** Whether it only makes columns. */
  readonly isAlone?: boolean;
  /** Which one of several it is of, as people know it. */
  readonly about?: (compared: Compared) => { readonly id: string; readonly name: string } | null;
  /** Most at `count`, in order; fewer where there are no more. */
  readonly variants: (compared: Compared, count: number) => readonly Variant[];
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

/** From 0 to 1 in equal steps. */
const shares = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index / (count - 1));

const ends: Readonly<Record<number, string>> = { 0: 'text', 1: 'subject' };

const withSettings = ({ settings }: Order, change: Partial<Settings>): Partial<Order> => ({
  settings: { ...settings, ...change },
});

const hasPins = ({ compose }: Compared): boolean => compose.pins.length > 0;

/** The pins whose pictures can have a look. */
export function lookingPins({ compose, model }: Pick<Compared, 'compose' | 'model'>): readonly WordPin[] {
  if (model?.look == null) return [];
  return compose.pins.filter(({ subjects }) => subjects.every(({ kind }) => kind === 'picture'));
}

function pinTried(compared: Compared): WordPin | undefined {
  const pins = lookingPins(compared);
  return pins.find(({ word }) => word === compared.word) ?? pins[0];
}

function loraTried({ loras, lora }: Compared): Compared['loras'][number] | undefined {
  return loras.find(({ id }) => id === lora) ?? loras[0];
}

/** The paper's baselines and what it is compared with (UMM-Diffusion, 4.2), each with the same seed. */
function methods({ compose, settings, model, detailedCaption }: Compared): readonly Variant[] {
  const voice = (pinVoices: Settings['pinVoices']): Partial<Order> => ({ settings: { ...settings, pinVoices } });
  const hasEmbedding = compose.pins.some(({ subjects }) => subjects.some(({ kind }) => kind === 'embedding'));
  const hasWord = model?.canPinPictures !== false || hasEmbedding;
  const asPublished: Settings = { ...settings, pinVoices: 'word', subjectPositions: 'pinned' };
  const hasLook = lookingPins({ compose, model }).length > 0;
  return [
    { change: { compose: { ...compose, pins: [] } }, label: 'plain caption' },
    ...(splitWords(detailedCaption).length > 0
      ? [{ change: { compose: { caption: detailedCaption, pins: [] } }, label: 'detailed caption' }]
      : []),
    ...(hasWord ? [{ change: { settings: asPublished }, label: 'pseudo-word' }] : []),
    ...(hasLook ? [{ change: voice('look'), label: 'look' }] : []),
    ...(hasWord && hasLook ? [{ change: voice('both'), label: 'word and look' }] : []),
  ];
}

export const compareAxes = {
  alpha: {
    label: 'α',
    // Where nothing is pinned it makes no difference.
    isUsable: hasPins,
    variants: (compared, count) =>
      shares(count).map((alpha) => ({
        change: withSettings(compared, { alpha }),
        label: ends[alpha] ?? weightText(alpha),
      })),
  },
  method: {
    label: 'Method',
    name: 'methods',
    isUsable: hasPins,
    isAlone: true,
    variants: methods,
  },
  lookStrength: {
    label: 'Look',
    isUsable: (compared) => pinTried(compared) !== undefined,
    about: (compared) => {
      const pin = pinTried(compared);
      return pin === undefined ? null : { id: String(pin.word), name: `Look of “${pin.anchor}”` };
    },
    variants: (compared, count) => {
      const { pins, ...rest } = compared.compose;
      const tried = pinTried(compared);
      return shares(count).map((strength) => {
        const changed = pins.map((pin) =>
          pin === tried ? { ...pin, look: { ...lookOf(pin), on: true, strength } } : pin,
        );
        return { change: { compose: { ...rest, pins: changed } }, label: weightText(strength) };
      });
    },
  },
  loraWeight: {
    label: 'LoRA',
    isUsable: ({ loras }) => loras.length > 0,
    about: (compared) => {
      const tried = loraTried(compared);
      return tried === undefined ? null : { id: tried.id, name: `LoRA ${weightFileStem(tried.name)}` };
    },
    variants: (compared, count) => {
      const tried = loraTried(compared);
      if (tried === undefined) return [];
      const most = Math.max(loraWeight.default, tried.weight);
      return shares(count).map((share) => {
        const weight = Math.round((share * most) / loraWeight.step) * loraWeight.step;
        return { change: { loraWeights: { [tried.id]: weight } }, label: weightText(weight) };
      });
    },
  },
  guidanceScale: {
    label: 'Guidance',
    variants: (compared, count) =>
      around(compared.settings, 'guidanceScale', count).map((guidanceScale) => ({
        change: withSettings(compared, { guidanceScale }),
        label: String(guidanceScale),
      })),
  },
  steps: {
    label: 'Steps',
    variants: (compared, count) =>
      around(compared.settings, 'steps', count).map((steps) => ({
        change: withSettings(compared, { steps }),
        label: String(steps),
      })),
  },
  seed: {
    label: 'Seed',
    variants: (compared, count) =>
      Array.from({ length: count }, (_, index) => {
        const seed = (compared.settings.seed + index) % (settingTable.seed.max + 1);
        return { change: withSettings(compared, { seed }), label: String(seed) };
      }),
  },
  scheduler: {
    label: 'Scheduler',
    // Those for few steps make noise of other models, and the others of theirs.
    variants: (compared, count) => {
      const { isForFewSteps } = schedulers[compared.settings.scheduler];
      return schedulerNames
        .filter((name) => schedulers[name].isForFewSteps === isForFewSteps)
        .slice(0, count)
        .map((scheduler) => ({ change: withSettings(compared, { scheduler }), label: schedulerLabels[scheduler] }));
    },
  },
} as const satisfies Readonly<Record<string, Axis>>;

export type CompareAxis = keyof typeof compareAxes;
export const compareAxisNames = Object.keys(compareAxes) as readonly CompareAxis[];

const axisOf = (axis: CompareAxis): Axis => compareAxes[axis];

/** Those that can make columns or, beside these columns, rows. */
export function usableAxes(compared: Compared, columns: CompareAxis | null = null): readonly CompareAxis[] {
  const usable = compareAxisNames.filter((axis) => axisOf(axis).isUsable?.(compared) !== false);
  if (columns === null) return usable;
  // Without pins α and a look's strength make no difference, and some methods have none.
  const beside =
    axisOf(columns).isAlone === true ? (axis: CompareAxis) => axisOf(axis).isUsable === undefined : () => true;
  return usable.filter((axis) => axis !== columns && axisOf(axis).isAlone !== true && beside(axis));
}

/** What it is called: "α", "Look of “dog”". */
export function axisLabel(axis: CompareAxis, compared: Compared): string {
  return axisOf(axis).about?.(compared)?.name ?? compareAxes[axis].label;
}

/** As the button that compares says it. */
export function axisName(axis: CompareAxis, compared: Compared): string {
  return axisOf(axis).name ?? axisLabel(axis, compared);
}

/** Pictures of a row; of a column where there are rows. */
const across = 5;
const down = 3;

/** Where a picture stands on an axis. */
interface Place {
  readonly axis: string;
  readonly key: CompareAxis;
  readonly about?: string;
  readonly label: string;
  readonly index: number;
  readonly count: number;
}

interface CellOf extends Order {
  readonly column: Place;
  readonly row: Place | null;
}

/** The pictures of a comparison, row by row. @param rows null makes one row */
export function compareCells(compared: Compared, columns: CompareAxis, rows: CompareAxis | null): readonly CellOf[] {
  const base: Compared = { ...compared, settings: { ...compared.settings, count: 1, seedLocked: true } };
  const cellsOf = (of: Compared, row: Place | null): readonly CellOf[] =>
    along(columns, of, across).map(({ change, place }) => {
      const { compose, settings, loraWeights } = { ...of, ...change };
      return { compose, settings, loraWeights, column: place, row };
    });
  if (rows === null || rows === columns) return cellsOf(base, null);
  return along(rows, base, down).flatMap(({ change, place }) => cellsOf({ ...base, ...change }, place));
}

function along(
  axis: CompareAxis,
  compared: Compared,
  most: number,
): readonly { readonly change: Partial<Order>; readonly place: Place }[] {
  const about = axisOf(axis).about?.(compared)?.id;
  const variants = axisOf(axis).variants(compared, most);
  return variants.map(({ change, label }, index) => ({
    change,
    place: {
      axis: axisLabel(axis, compared),
      key: axis,
      ...(about === undefined ? {} : { about }),
      label,
      index,
      count: variants.length,
    },
  }));
}
