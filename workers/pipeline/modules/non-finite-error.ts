import { PinwordError } from '../../errors.ts';

/** The parts of a loaded model, each of which may overflow in f16, as people know them. */
export const partNames = {
  subjectEncoder: 'image encoder',
  unifiedEncoder: 'text encoder',
  denoiser: 'network',
  vaeDecoder: 'decoder',
  safetyChecker: 'safety checker',
} as const;

type Part = keyof typeof partNames;

/** A part gave numbers that are not finite. */
export class NonFiniteError extends PinwordError {
  readonly part: Part;

  constructor(part: Part) {
    super(
      'nan-output',
      `The ${partNames[part]} gave numbers that are not finite. The weights may be damaged: verify the model, or load it again.`,
    );
    this.part = part;
  }
}
