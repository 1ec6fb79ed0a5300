import { PinwordError } from '../../errors.ts';

/** What computes in a loaded model, as people know it. Each may overflow in f16. */
export const moduleNames = {
  subjectEncoder: 'image encoder',
  lookEncoder: 'image encoder of the IP-Adapter',
  unifiedEncoder: 'text encoder',
  denoiser: 'network',
  vaeEncoder: 'VAE encoder',
  vaeDecoder: 'decoder',
  tinyEncoder: 'tiny encoder',
  tinyDecoder: 'tiny decoder',
  safetyChecker: 'safety checker',
} as const;

export type ModuleId = keyof typeof moduleNames;

/** A module gave numbers that are not finite. */
export class NonFiniteError extends PinwordError {
  readonly module: ModuleId;

  constructor(module: ModuleId) {
    super(
      'nan-output',
      `The ${moduleNames[module]} gave numbers that are not finite. The weights may be damaged: verify the model, or load it again.`,
    );
    this.module = module;
  }
}
