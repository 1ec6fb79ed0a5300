import type { CaptionTokens, GenerateRequest, GuidanceSettings } from '../../api.ts';
import { PinwordError } from '../../errors.ts';

/** Limits that the loaded model sets. */
export interface SizeLimits {
  readonly sizeMultiple: number;
  readonly maxSize: number;
}

/** @throws PinwordError 'setting-out-of-range' that names the setting and its range */
export function validateSettings(request: GenerateRequest, { sizeMultiple, maxSize }: SizeLimits): void {
  requireNumber('Alpha', request.alpha, ...alphaRange);
  requireNumber('The guidance scale', request.guidanceScale, ...guidanceScaleRange);
  requireInteger('Steps', request.steps, 1, 1000);
  requireInteger('The seed', request.seed, 0, 2 ** 32 - 1);
  requireInteger('The number of pictures', request.count, 1, 16);
  requireNumber('Eta', request.eta, 0, 1);
  for (const [name, value] of [
    ['The width', request.width],
    ['The height', request.height],
  ] as const) {
    requireInteger(name, value, sizeMultiple, maxSize);
    if (value % sizeMultiple !== 0) {
      throw outOfRange(`${name} must be a multiple of ${sizeMultiple} for this model; ${value} is not.`);
    }
  }
}

const alphaRange = [0, 1] as const;
const guidanceScaleRange = [1, 30] as const;

/** True for α and w that a run accepts. */
export function isGuidance({ alpha, guidanceScale }: GuidanceSettings): boolean {
  return within(alpha, alphaRange) && within(guidanceScale, guidanceScaleRange);
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

function requireInteger(name: string, value: number, low: number, high: number): void {
  requireNumber(name, value, low, high);
  if (!Number.isInteger(value)) throw outOfRange(`${name} must be a whole number; ${value} is not.`);
}

/** False for NaN too. */
function within(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}

function requireNumber(name: string, value: number, low: number, high: number): void {
  if (!within(value, [low, high])) throw outOfRange(`${name} must lie between ${low} and ${high}; ${value} does not.`);
}

function outOfRange(message: string): PinwordError {
  return new PinwordError('setting-out-of-range', message);
}
