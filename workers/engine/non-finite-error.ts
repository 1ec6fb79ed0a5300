import { PinwordError } from '../errors.ts';

/** A part that may overflow in f16. */
export type Part = 'denoiser' | 'decoder';

/** A part gave numbers that are not finite. */
export class NonFiniteError extends PinwordError {
  readonly part: Part;

  constructor(part: Part) {
    super('nan-output', `The ${part} gave numbers that are not finite. The weights may be damaged: verify the model, or load it again.`);
    this.part = part;
  }
}
