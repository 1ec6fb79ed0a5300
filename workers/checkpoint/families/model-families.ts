import { PinwordError } from '../../errors.ts';

/** What other checkpoints are, in the words that refusals use for single files and folders alike. */
export const families = {
  xl: 'Stable Diffusion XL',
  two: 'Stable Diffusion 2.x',
  three: 'Stable Diffusion 3',
  flux: 'Flux',
  classConditioned: 'a class-conditioned UNet (an upscaler, or unCLIP)',
} as const;

/** Input channels of the UNet's first convolution, where they tell another task. */
export const tasks: ReadonlyMap<number, string> = new Map([
  [5, 'a depth-guided checkpoint'],
  [7, 'an upscaler'],
  [8, 'an InstructPix2Pix checkpoint'],
]);

export function otherFamily(name: string, what: string): PinwordError {
  return new PinwordError(
    'unsupported-config',
    `"${name}" is ${what}. Choose a Stable Diffusion 1.x text-to-image checkpoint.`,
  );
}
