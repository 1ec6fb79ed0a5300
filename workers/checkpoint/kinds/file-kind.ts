import { anyFileKind, type ModelFileKind } from '../../contract/file-kinds.ts';
import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { ipAdapterGroups } from './ip-adapter-config.ts';
import { isIpAdapterTable } from './ip-adapter-file.ts';
import { otherMethods, parseTensorName } from '../lora/tensor-names.ts';
import { isProjectorTable, stateDictKeys } from './projector-files.ts';
import { isTinyAutoencoderTable } from './tiny-autoencoder-file.ts';
import { isMap, isTorchFile, readTensorFile } from '../tensor-files/tensor-file.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';
import { isPickleTensor, readTorchFile } from '../torch/torch-file.ts';

/**
 * What a file that a person drops is: told by the names of its tensors, because sizes and endings overlap. Reads headers
 * only; whether it fits the model is checked where it is used.
 * @throws PinwordError 'bad-safetensors' | 'bad-pickle' | 'download-incomplete'; 'bad-checkpoint-file' for a torch file
 *   of another kind
 */
export async function modelFileKind(source: ByteSource): Promise<ModelFileKind> {
  if (!(await isTorchFile(source))) return kindOf((await readTensorFile(source)).table) ?? 'checkpoint';
  const { root } = await readTorchFile(source);
  if (isPickleTensor(root) || (isMap(root) && root.has('string_to_param'))) return 'embedding';
  const kind = kindOf((await readTensorFile(source, stateDictKeys, ipAdapterGroups)).table);
  if (kind !== null) return kind;
  throw new PinwordError('bad-checkpoint-file', `"${source.name}" is no ${anyFileKind()}. Choose another file.`);
}

/** @returns null where the names tell nothing */
function kindOf(table: TensorTable): ModelFileKind | null {
  const names = [...table.keys()];
  if (names.some((name) => name.startsWith('model.diffusion_model.'))) return 'checkpoint';
  if (isIpAdapterTable(table)) return 'ipAdapter';
  if (isTinyAutoencoderTable(table)) return 'tinyAutoencoder';
  if (names.some(isLoraName)) return 'lora';
  if (isProjectorTable(table)) return 'projector';
  const [first, ...more] = table.values();
  const isAlone = first !== undefined && more.length === 0 && first.shape.length <= 2;
  return isAlone || ['emb_params', 'clip_l', 'clip_g'].some((name) => table.has(name)) ? 'embedding' : null;
}

/** kohya's and LyCORIS' names begin the same, whatever the method, so that even an unknown one is told as what it is. */
const loraPrefix = /^(?:(?:lora|lycoris|oft)_(?:unet|te\d?)|lycoris)_/;

/** Parts that other files have too, e.g. a checkpoint of a norm. */
const notOnlyLoras: ReadonlySet<string> = new Set(['alpha', 'rescale']);

function isLoraName(name: string): boolean {
  if (loraPrefix.test(name)) return true;
  const part = parseTensorName(name)?.part;
  return (part !== undefined && !notOnlyLoras.has(part)) || otherMethods.some(([pattern]) => pattern.test(name));
}
