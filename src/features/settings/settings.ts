import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import {
  defaultSettings,
  isAllowed,
  literalText,
  qualityOfSteps,
  schedulers,
  settingKeys,
  settingTable,
  stepsOfQuality,
  type SchedulerName,
  type SettingKey,
  type Settings,
} from '../../../workers/api.ts';
import type { Slice } from '../../storage/slice.ts';

export { defaultSettings, type Settings };

/** The values of one setting that the table allows. */
export function settingSchema<Key extends SettingKey>(key: Key): z.ZodType<Settings[Key]> {
  return z.custom<Settings[Key]>((value) => isAllowed(settingTable[key], value));
}

/** A setting that an earlier version did not know is as it begins in the table. */
const shape = Object.fromEntries(
  settingKeys.map((key) => [key, settingSchema(key).default(settingTable[key].default)]),
);

export const settingsSchema = z.object(shape) as unknown as z.ZodType<Settings>;

const withText = z.looseObject({ negativePrompt: z.string().default('') });

export const settingsSlice: Slice<Settings> = {
  key: 'settings',
  version: 2,
  schema: settingsSchema,
  migrations: {
    // Until version 1 brackets were text: they are written so that they still are.
    1: (settings) => {
      const { negativePrompt, ...rest } = withText.parse(settings);
      return { ...rest, negativePrompt: literalText(negativePrompt) };
    },
  },
};

export const settingsStore = createStore<Settings>(() => defaultSettings);

export function setSettings(change: Partial<Settings>): void {
  const { scheduler } = change;
  settingsStore.setState({ ...(scheduler === undefined ? {} : { steps: stepsWith(scheduler) }), ...change });
}

/** With another scheduler a quality stays what it is, though it may take fewer steps; some take only few. */
function stepsWith(scheduler: SchedulerName): number {
  const before = settingsStore.getState();
  const quality = qualityOfSteps(before.steps, before.scheduler);
  return quality === null ? Math.min(before.steps, schedulers[scheduler].maxSteps) : stepsOfQuality(quality, scheduler);
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
  const { min, max } = settingTable.width;
  const multiples = Math.round(size / model.sizeMultiple);
  const lowest = Math.ceil(min / model.sizeMultiple);
  const highest = Math.floor(max / model.sizeMultiple);
  return Math.min(highest, Math.max(lowest, multiples)) * model.sizeMultiple;
}
