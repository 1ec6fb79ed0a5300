import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { isTorchFile, readTensorFile, type TensorFile } from '../../checkpoint/tensor-files/tensor-file.ts';
import { PinwordError } from '../../errors.ts';
import { remoteFacts } from './remote-facts.ts';

/**
 * The tensors of one file of weights, safetensors or torch's own.
 * @throws PinwordError 'bad-safetensors' | 'bad-pickle' | 'download-incomplete'
 */
export async function readWeightFile(file: ByteSource): Promise<TensorFile> {
  // What tells where everything lies is at a torch file's end: such a host would send all of it for every look.
  if (!remoteFacts(file).acceptsRanges && (await isTorchFile(file)))
    throw new PinwordError(
      'bad-pickle',
      `"${file.name}" is a PyTorch file on a host that sends files only as a whole. Download it and open it from your disk, or use a safetensors file.`,
    );
  return readTensorFile(file, ['state_dict']);
}
