import {
  detailStrength,
  lookRoles,
  lookStrength,
  type CaptionTokens,
  type GenerateRequest,
  type PictureArea,
  type Pin,
  type PinStrengths,
} from '../../api.ts';
import { expectedOf, isAllowed, runSettingKeys } from '../../contract/setting-values.ts';
import { settingTable, type GuidanceSettings, type RunSettings } from '../../contract/settings.ts';
import { PinwordError } from '../../errors.ts';
import { firstStepOf } from '../denoising/sampling-start.ts';
import { validateGuidance } from './guidance-of-request.ts';

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
  if (request.reuseInterval > request.steps) {
    refuse('reuseInterval', request.reuseInterval, `at most the number of steps, ${request.steps}`);
  }
  validateStrength(request);
  validateGuidance(request);
}

/** As diffusers' inpainting refuses it: there must be a step to take. */
function validateStrength({ start, steps, strength }: GenerateRequest): void {
  if (start === undefined || firstStepOf(steps, strength) < steps) return;
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable.strength.label}” must be at least ${Math.ceil(100 / steps) / 100} with ${steps} steps; at ${strength} no step is left. Raise it, or take more steps.`,
  );
}

/** @param layers of the model's text encoder @throws PinwordError 'setting-out-of-range' */
export function validateClipSkip({ clipSkip }: Pick<GenerateRequest, 'clipSkip'>, layers: number): void {
  if (clipSkip > layers) refuse('clipSkip', clipSkip, `at most ${layers}, the layers of this model’s text encoder`);
}

/** True for α and w that a run accepts. */
export function isGuidance({ alpha, guidanceScale }: GuidanceSettings): boolean {
  return isAllowed(settingTable.alpha, alpha) && isAllowed(settingTable.guidanceScale, guidanceScale);
}

/** True for strengths that a run of so many pins accepts. */
export function arePinStrengths({ look, detail }: PinStrengths, pins: number): boolean {
  return (
    [look, detail].every(({ length }) => length === pins) &&
    look.every((strength) => isWithin(strength, lookStrength)) &&
    detail.every((strength) => isWithin(strength, detailStrength))
  );
}

/**
 * @throws PinwordError 'empty-caption' | 'pin-out-of-range' | 'pin-without-subject' | 'pin-cut-off' | 'pinned-twice' |
 *   'setting-out-of-range' | 'area-outside-picture'
 */
export function validateCaption(request: GenerateRequest, tokens: CaptionTokens): void {
  if (tokens.words.length === 0) throw new PinwordError('empty-caption', 'Write a caption first.');
  const pinned = new Set<number>();
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
    if (pinned.has(pin.word)) {
      throw new PinwordError(
        'pinned-twice',
        `“${word.text}” has two pins. Put all pictures of one subject into one pin, or move a pin to another word.`,
      );
    }
    pinned.add(pin.word);
    validateLook(pin, word.text);
    validateDetail(pin, word.text);
  }
}

function validateLook({ look, area }: Pin, word: string): void {
  const { min, max } = lookStrength;
  if (!isWithin(look.strength, lookStrength)) {
    throw new PinwordError(
      'setting-out-of-range',
      `The strength of the look on “${word}” must be a number from ${min} to ${max}; ${look.strength} is not.`,
    );
  }
  if (!Object.hasOwn(lookRoles, look.role)) {
    throw new PinwordError(
      'setting-out-of-range',
      `What is taken over from the picture on “${word}” must be one of ${Object.keys(lookRoles).join(', ')}; “${look.role}” is not.`,
    );
  }
  if (area !== null && !isInPicture(area)) {
    throw new PinwordError(
      'area-outside-picture',
      `The place of “${word}” does not lie inside the picture. Move it, make it smaller, or remove it.`,
    );
  }
}

function validateDetail({ detail }: Pin, word: string): void {
  const { min, max } = detailStrength;
  if (detail === undefined || isWithin(detail.strength, detailStrength)) return;
  throw new PinwordError(
    'setting-out-of-range',
    `The strength of the fine detail on “${word}” must be a number from ${min} to ${max}; ${detail.strength} is not.`,
  );
}

/** False for NaN. */
function isWithin(strength: number, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return strength >= min && strength <= max;
}

/** A share that was computed from pixels may be off by a rounding. */
const rounding = 1e-6;

/** False for NaN, and for an area without extent. */
function isInPicture({ x, y, width, height }: PictureArea): boolean {
  const isInside = (start: number, length: number): boolean =>
    start >= -rounding && length > 0 && start + length <= 1 + rounding;
  return isInside(x, width) && isInside(y, height);
}

function refuse(key: keyof RunSettings, value: unknown, expected: string): never {
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable[key].label}” must be ${expected}; ${String(value)} is not.`,
  );
}
