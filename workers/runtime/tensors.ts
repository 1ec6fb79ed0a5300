import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { PinwordError } from '../errors.ts';
import type { Gpu } from './device.ts';
import { exclusively } from './exclusively.ts';
import { guarded } from './guarded.ts';
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

function gpuTensor(ort: Ort, gpu: Gpu, dataType: ComputeType, dims: readonly number[]): Promise<Tensor> {
  const bytes = dims.reduce((product, size) => product * size, dataType === 'float32' ? 4 : 2);
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

/**
 * Joins f32 tensors of equal dims [1, …] to [n, …], on the GPU where they lie there, and frees them.
 * @throws PinwordError 'out-of-memory' | 'device-lost'
 */
export async function stackTensors(backend: Backend, tensors: readonly Tensor[]): Promise<Tensor> {
  const dims = [tensors.length, ...(tensors[0]?.dims.slice(1) ?? [])];
  const size = tensors[0]?.size ?? 0;
  try {
    if (backend.gpu === null) {
      const values = new Float32Array(tensors.length * size);
      for (const [index, tensor] of tensors.entries()) values.set(await readFloats(tensor), index * size);
      return floatTensor(backend, values, dims);
    }
    const stacked = await gpuTensor(backend.ort, backend.gpu, 'float32', dims);
    copyBehindEachOther(backend.gpu, tensors, stacked, size * 4);
    return stacked;
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

function copyBehindEachOther({ device }: Gpu, tensors: readonly Tensor[], { gpuBuffer }: Tensor, bytes: number): void {
  const encoder = device.createCommandEncoder();
  for (const [index, tensor] of tensors.entries())
    encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, gpuBuffer, index * bytes, bytes);
  device.queue.submit([encoder.finish()]);
}

/** The named output of a run. */
export function output(results: InferenceSession.ReturnType, name: string): Tensor {
  const value = results[name];
  if (value === undefined) throw new PinwordError('internal', `The graph gave no output "${name}".`);
  return value;
}

/**
 * Reads a float32 tensor back. Graphs end in f32 wherever the host reads.
 * @throws PinwordError 'device-lost' | 'out-of-memory' | 'internal'
 */
export async function readFloats(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor
    .getData()
    .catch((error: unknown) => Promise.reject(runtimeError(error, 'A result could not be read back.')));
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
