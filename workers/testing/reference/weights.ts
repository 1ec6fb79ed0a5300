import type { Tensor } from 'onnxruntime-web';

import { toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { PinwordError } from '../../errors.ts';
import { entry, type ReferenceWeights } from './reference-case.ts';

/** The values of a float32 or float16 tensor as float32. */
export async function floats(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.getData();
  if (data instanceof Float32Array) return data;
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
    : new Uint8Array();
  return toFloat32(bytes, 'F16');
}

/** The error that an action is refused with. */
export function refusal(action: () => unknown): PinwordError {
  try {
    action();
  } catch (error) {
    if (error instanceof PinwordError) return error;
    throw error;
  }
  throw new RangeError('Nothing was refused.');
}

/** The same weights less one tensor. */
export function without(weights: ReferenceWeights, name: string): ReferenceWeights {
  const table = new Map(weights.table);
  table.delete(name);
  return { ...weights, table };
}

/** The same weights and one tensor more, which lies where `like` lies. */
export function withTensor(weights: ReferenceWeights, name: string, like: string): ReferenceWeights {
  return { ...weights, table: new Map(weights.table).set(name, entry(weights.table, like)) };
}
