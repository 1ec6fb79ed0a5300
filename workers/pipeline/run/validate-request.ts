import type { CaptionTokens, GenerateRequest, GuidanceSchedule, ProgressInterval } from '../../api.ts';
import { expectedOf, isAllowed, runSettingKeys } from '../../contract/setting-values.ts';
import { settingTable, type GuidanceSettings, type RunSettings } from '../../contract/settings.ts';
import { PinwordError } from '../../errors.ts';

const edges = ['width', 'height'] as const;

/**
 * @param sizeMultiple the model's: an edge is a multiple of it, and may be as small as it
 * @throws PinwordError 'setting-out-of-range' that names the setting and its range
 */
export function validateSettings(request: GenerateRequest, sizeMultiple: number): void {
  for (const key of runSettingKeys) {
    const row = edges.some((edge) => edge === key) ? { ...settingTable.width, min: sizeMultiple } : settingTable[key];
    if (!isAllowed(row, request[key])) refuse(key, request[key], expectedOf(row));
  }
  for (const edge of edges) {
    if (request[edge] % sizeMultiple !== 0) refuse(edge, request[edge], `a multiple of ${sizeMultiple} for this model`);
  }
  for (const key of ['alpha', 'guidanceScale'] as const) validateInterval(key, request.guidanceSchedule?.[key]);
}

function validateInterval(key: keyof GuidanceSchedule, interval: ProgressInterval | undefined): void {
  if (interval === undefined) return;
  const { from, to } = interval;
  if (from >= 0 && from < to && to <= 1) return;
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable[key].label}” must hold from a share of the steps to a later one, both between 0 and 1; ${from} to ${to} is none.`,
  );
}

/** True for α and w that a run accepts. */
export function isGuidance({ alpha, guidanceScale }: GuidanceSettings): boolean {
  return isAllowed(settingTable.alpha, alpha) && isAllowed(settingTable.guidanceScale, guidanceScale);
}

/** @throws PinwordError 'empty-caption' | 'pin-out-of-range' | 'pin-without-subject' | 'pin-cut-off' */
export function validateCaption(request: GenerateRequest, tokens: CaptionTokens): void {
  if (tokens.words.length === 0) throw new PinwordError('empty-caption', 'Write a caption first.');
  for (const pin of request.pins) {
    const word = tokens.words[pin.word];
    if (word === undefined) {
      throw new PinwordError(
        'pin-out-of-range',
        `A picture is pinned to word ${pin.word}, but the caption's words are 0 to ${tokens.words.length - 1}. Pin it to one of these.`,
      );
    }
    if (pin.subjects.length === 0) {
      throw new PinwordError(
        'pin-without-subject',
        `Nothing is pinned to “${word.text}”. Choose a picture or an embedding for it, or remove the pin.`,
      );
    }
    if (word.cutOff) {
      throw new PinwordError(
        'pin-cut-off',
        `“${word.text}” lies behind the ${tokens.limit} tokens that the model reads. Shorten the caption or move the pin.`,
      );
    }
  }
}

function refuse(key: keyof RunSettings, value: unknown, expected: string): never {
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable[key].label}” must be ${expected}; ${String(value)} is not.`,
  );
}
