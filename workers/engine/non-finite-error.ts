import { PinwordError } from '../errors.ts';
import type { ModelParts } from './loaded-model.ts';

/** A part of a loaded model that may overflow in f16. */
type Part = keyof ModelParts;

/** Parts as people know them. */
export const partNames: Readonly<Record<Part, string>> = {
  subjectEncoder: 'image encoder',
  textConditions: 'text encoder',
  denoiser: 'network',
  decoder: 'decoder',
  safetyCheck: 'safety checker',
};

/** A part gave numbers that are not finite. */
export class NonFiniteError extends PinwordError {
  readonly part: Part;

  constructor(part: Part) {
    super('nan-output', `The ${partNames[part]} gave numbers that are not finite. The weights may be damaged: verify the model, or load it again.`);
    this.part = part;
  }
}
