/** Questions to a row of the table of settings. */
import { schedulers } from './schedulers.ts';
import { settingTable, type RunSettings, type SettingKey, type Settings } from './settings.ts';
import type { AnySetting } from './setting-row.ts';

export const settingKeys = Object.keys(settingTable) as readonly SettingKey[];

/** Those that a run takes: all but what only the form needs. */
export const runSettingKeys = settingKeys.filter((key) => key !== 'seedLocked');

/** @param settings with the size that the model will make */
export function runSettings(settings: Settings & Pick<RunSettings, 'width' | 'height'>): RunSettings {
  return Object.fromEntries(runSettingKeys.map((key) => [key, settings[key]])) as unknown as RunSettings;
}

/** How every setting begins. */
export const defaultSettings = Object.fromEntries(
  settingKeys.map((key) => [key, settingTable[key].default]),
) as unknown as Settings;

/** What a value must be, for a sentence: "a whole number from 1 to 1000". */
export function expectedOf(row: AnySetting): string {
  switch (row.kind) {
    case 'number':
      return `${row.isWhole ? 'a whole number' : 'a number'} from ${row.min} to ${row.max}`;
    case 'choice':
      return `one of ${Object.keys(row.choices).join(', ')}`;
    case 'switch':
      return 'on or off';
    case 'text':
      return 'text';
  }
}

/** Whether the table allows this value. False for NaN; null only where the model can fill it in. */
export function isAllowed(row: AnySetting, value: unknown): boolean {
  switch (row.kind) {
    case 'number':
      if (value === null) return row.default === null;
      return (
        typeof value === 'number' && value >= row.min && value <= row.max && (!row.isWhole || Number.isInteger(value))
      );
    case 'choice':
      return typeof value === 'string' && Object.hasOwn(row.choices, value);
    case 'switch':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
  }
}

/** What text in an address or behind a flag means; undefined where the row does not allow it. */
export function valueOfText(row: AnySetting, text: string): unknown {
  const value = row.kind === 'number' ? numberOf(text) : row.kind === 'switch' ? switchOf(text) : text;
  return isAllowed(row, value) ? value : undefined;
}

function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

function switchOf(text: string): unknown {
  return text === 'on' ? true : text === 'off' ? false : text;
}

/** What a run has, beside its settings, that settings are used with. */
export interface RunHas {
  readonly pins: boolean;
  /** Pictures that can speak by their look: an adapter is loaded. */
  readonly look: boolean;
  /** Pictures whose look or fine detail can be bound to their word. */
  readonly bound: boolean;
  /** A picture that it starts from. */
  readonly start: boolean;
  /** A tiny autoencoder. */
  readonly tiny: boolean;
}

/** Whether the setting makes a difference to this run. */
export function isUsed(
  row: AnySetting,
  { scheduler, variation }: Pick<Settings, 'scheduler' | 'variation'>,
  { pins, look, bound, start, tiny }: RunHas,
): boolean {
  const eta = schedulers[scheduler].etaKey !== null;
  const has = { eta, pins, look: pins && look, bound: pins && bound, start, tiny, variation: variation > 0 };
  return row.usedWith === undefined || has[row.usedWith];
}
