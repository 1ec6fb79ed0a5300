import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { PinwordError } from '../errors.ts';
import type { Gpu } from './device.ts';
import { exclusively } from './exclusively.ts';
import { guarded } from './guarded.ts';
import { nudged } from './nudge-readbacks.ts';
import type { Ort } from './onnx-runtime.ts';
import { runtimeError } from './runtime-error.ts';
import type { Backend } from './sessions.ts';
import type { ComputeType } from '../contract/memory.ts';

/** A tensor on the host; the runtime uploads it when it is fed. */
export function floatTensor({ ort }: Backend, values: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', values, dims);
}

export function intTensor({ ort }: Backend, values: Int32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int32', values, dims);
}

/**
 * Zeros that are fed again and again: on WebGPU a buffer that stays there (new buffers are zeroed), so nothing is uploaded.
 * @throws PinwordError 'out-of-memory' | 'device-lost'
 */
export async function zeroTensor(backend: Backend, type: ComputeType, dims: readonly number[]): Promise<Tensor> {
  const { gpu, ort } = backend;
  if (gpu !== null) return gpuTensor(ort, gpu, type, dims);
  const count = dims.reduce((product, size) => product * size, 1);
  return type === 'float32'
    ? new ort.Tensor(type, new Float32Array(count), dims)
    : new ort.Tensor(type, new Uint16Array(count), dims);
}

/** Whole numbers that are fed again and again, [n]. @throws PinwordError 'out-of-memory' | 'device-lost' */
export async function indexTensor(backend: Backend, values: Int32Array<ArrayBuffer>): Promise<Tensor> {
  const { gpu, ort } = backend;
  if (gpu === null) return intTensor(backend, values, [values.length]);
  const tensor = await gpuTensor(ort, gpu, 'int32', [values.length]);
  gpu.device.queue.writeBuffer(tensor.gpuBuffer, 0, values);
  return tensor;
}

function gpuTensor(ort: Ort, gpu: Gpu, dataType: ComputeType | 'int32', dims: readonly number[]): Promise<Tensor> {
  const bytes = dims.reduce((product, size) => product * size, dataType === 'float16' ? 2 : 4);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const make = (): Promise<Tensor> => {
    const buffer = gpu.device.createBuffer({ size: Math.ceil(bytes / 16) * 16, usage });
    const dispose = (): void => {
      buffer.destroy();
    };
    return Promise.resolve(ort.Tensor.fromGpuBuffer(buffer, { dataType, dims, dispose }));
  };
  return exclusively(() =>
    guarded(gpu, 'The graphics processor gave no memory for a step.', make, (tensor) => {
      tensor.dispose();
    }),
  );
}

/** Of a float tensor. */
export function bytesOf({ size, type }: Tensor): number {
  return size * (type === 'float16' ? 2 : 4);
}

/** The named output of a run. */
export function output(results: InferenceSession.ReturnType, name: string): Tensor {
  const value = results[name];
  if (value === undefined) throw new PinwordError('internal', `The graph gave no output "${name}".`);
  return value;
}

/** The numbers of an f32 tensor that lies on the host: no copy. */
export function floatsOf({ data, type }: Tensor): Float32Array<ArrayBuffer> {
  if (data instanceof Float32Array) return data as Float32Array<ArrayBuffer>;
  throw new PinwordError('internal', `A tensor of type ${type} was read as float32.`);
}

/**
 * Reads a float32 tensor back. Graphs end in f32 wherever the host reads.
 * @throws PinwordError 'device-lost' | 'out-of-memory' | 'internal'
 */
export async function readFloats(tensor: Tensor): Promise<Float32Array> {
  const data = await nudged(tensor.getData()).catch((error: unknown) =>
    Promise.reject(runtimeError(error, 'A result could not be read back.')),
  );
  if (data instanceof Float32Array) return data;
  throw new PinwordError('internal', `A tensor of type ${tensor.type} was read as float32.`);
}

/** As readFloats, and frees the tensor. */
export async function takeFloats(tensor: Tensor): Promise<Float32Array> {
  try {
    return await readFloats(tensor);
  } finally {
    tensor.dispose();
  }
}
