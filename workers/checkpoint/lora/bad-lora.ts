import { PinwordError } from '../../errors.ts';
import type { TensorFile } from '../tensor-files/tensor-file.ts';

/** @param what ends the sentence that begins with the file's name. */
export function badLora({ source }: Pick<TensorFile, 'source'>, what: string): PinwordError {
  return new PinwordError('bad-lora', `The LoRA "${source.name}" ${what}. Choose another LoRA.`);
}
