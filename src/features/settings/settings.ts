import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { SchedulerName } from '../../../workers/api.ts';
import type { Slice } from '../../storage/slice.ts';

export const maxSeed = 0xffffffff;

export const schedulers: Readonly<Record<SchedulerName, string>> = {
  ddim: 'DDIM',
  'dpmsolver++2m-karras': 'DPM++ 2M Karras',
  euler: 'Euler',
  'euler-ancestral': 'Euler a',
  lcm: 'LCM',
};

/** Smallest and largest value of each number, as the engine accepts them. */
export const limits = {
  alpha: { min: 0, max: 1 },
  guidanceScale: { min: 1, max: 30 },
  steps: { min: 1, max: 1000 },
  eta: { min: 0, max: 1 },
  seed: { min: 0, max: maxSeed },
  size: { min: 64, max: 1024 },
  count: { min: 1, max: 16 },
} as const;

const within = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodNumber =>
  z.number().min(min).max(max);
const intWithin = ({ min, max }: { readonly min: number; readonly max: number }): z.ZodInt => z.int().min(min).max(max);

export const settingsSchema = z.object({
  alpha: within(limits.alpha),
  guidanceScale: within(limits.guidanceScale),
  steps: intWithin(limits.steps),
  seed: intWithin(limits.seed),
  /** A locked seed stays; an open one is drawn anew after each run. */
  seedLocked: z.boolean(),
  /** null takes the edge that the model was trained on. */
  width: intWithin(limits.size).nullable(),
  height: intWithin(limits.size).nullable(),
  negativePrompt: z.string(),
  count: intWithin(limits.count),
  scheduler: z.enum(['ddim', 'dpmsolver++2m-karras', 'euler', 'euler-ancestral', 'lcm']),
  eta: within(limits.eta),
  subjectPositions: z.enum(['pinned', 'all']),
  checkResult: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const settingsSlice: Slice<Settings> = { key: 'settings', version: 1, schema: settingsSchema, migrations: {} };

export const defaultSettings: Settings = {
  alpha: 0.5,
  guidanceScale: 7.5,
  steps: 50,
  seed: 7,
  seedLocked: false,
  width: null,
  height: null,
  negativePrompt: '',
  count: 1,
  scheduler: 'ddim',
  eta: 0,
  subjectPositions: 'pinned',
  checkResult: true,
};

export const settingsStore = createStore<Settings>(() => defaultSettings);

export function setSettings(change: Partial<Settings>): void {
  settingsStore.setState(change);
}

export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** The nearest size that the model can make, within the limits. */
export function fitSize(
  size: number | null,
  model: { readonly nativeSize: number; readonly sizeMultiple: number },
): number {
  if (size === null) return model.nativeSize;
  const multiples = Math.round(size / model.sizeMultiple);
  const lowest = Math.ceil(limits.size.min / model.sizeMultiple);
  const highest = Math.floor(limits.size.max / model.sizeMultiple);
  return Math.min(highest, Math.max(lowest, multiples)) * model.sizeMultiple;
}
