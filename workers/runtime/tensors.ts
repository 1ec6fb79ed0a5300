import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { PinwordError } from '../errors.ts';
import type { Backend } from './sessions.ts';

export type ComputeType = 'float32' | 'float16';

/** A tensor on the host; the runtime uploads it when it is fed. */
export function floatTensor({ ort }: Backend, values: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', values, dims);
}

export function intTensor({ ort }: Backend, values: Int32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int32', values, dims);
}

/** Zeros that are fed again and again: on WebGPU a buffer that stays there (new buffers are zeroed), so nothing is uploaded. */
export function zeroTensor(backend: Backend, type: ComputeType, dims: readonly number[]): Tensor {
  const count = dims.reduce((product, size) => product * size, 1);
  if (backend.gpu === null) {
    return type === 'float32' ? new backend.ort.Tensor(type, new Float32Array(count), dims) : new backend.ort.Tensor(type, new Uint16Array(count), dims);
  }
  const bytes = count * (type === 'float32' ? 4 : 2);
  const buffer = backend.gpu.device.createBuffer({
    size: Math.ceil(bytes / 16) * 16,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  return backend.ort.Tensor.fromGpuBuffer(buffer, {
    dataType: type,
    dims,
    dispose: () => {
      buffer.destroy();
    },
  });
}

/** The named output of a run. */
export function output(results: InferenceSession.ReturnType, name: string): Tensor {
  const value = results[name];
  if (value === undefined) throw new PinwordError('internal', `The graph gave no output "${name}".`);
  return value;
}

/** Reads a float32 tensor back and frees it. Graphs end in f32 wherever the host reads. */
export async function takeFloats(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.getData(true);
  tensor.dispose();
  if (data instanceof Float32Array) return data;
  throw new PinwordError('internal', `A tensor of type ${tensor.type} was read as float32.`);
}
