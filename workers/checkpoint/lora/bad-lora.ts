import { PinwordError } from '../../errors.ts';
import type { TensorFile } from '../tensor-files/tensor-file.ts';

/** A name of a file's own in quotes, cut where it is without end. */
export function quoted(name: string): string {
  return `"${name.slice(0, 200)}"`;
}

/** @param what ends the sentence that begins with the file's name. */
export function badLora({ source }: Pick<TensorFile, 'source'>, what: string): PinwordError {
  return new PinwordError('bad-lora', `The LoRA "${source.name}" ${what}. Choose another LoRA.`);
}
