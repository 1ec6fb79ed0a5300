import type { Tensor } from 'onnxruntime-web';

import { Readback } from './readback.ts';
import type { Backend } from './sessions.ts';
import { floatsOf, zeroTensor } from './tensors.ts';

/** An f32 tensor that is made once and written again and again: on WebGPU a buffer that stays there. */
export class OwnedTensor {
  readonly #backend: Backend;
  readonly tensor: Tensor;

  private constructor(backend: Backend, tensor: Tensor) {
    this.#backend = backend;
    this.tensor = tensor;
  }

  /** It begins with zeros. @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async create(backend: Backend, dims: readonly number[]): Promise<OwnedTensor> {
    return new OwnedTensor(backend, await zeroTensor(backend, 'float32', dims));
  }

  /** @param offset in numbers, of the place where the values go */
  write(values: Float32Array<ArrayBuffer>, offset = 0): void {
    const { gpu } = this.#backend;
    if (gpu === null) floatsOf(this.tensor).set(values, offset);
    else gpu.device.queue.writeBuffer(this.tensor.gpuBuffer, 4 * offset, values);
  }

  clear(): void {
    const { gpu } = this.#backend;
    if (gpu === null) floatsOf(this.tensor).fill(0);
    else gpu.device.queue.writeBuffer(this.tensor.gpuBuffer, 0, new Float32Array(this.tensor.size));
  }

  /** Takes the values of another tensor. @param offset in numbers */
  copyFrom(source: OwnedTensor, offset: number): void {
    const { gpu } = this.#backend;
    if (gpu === null) {
      floatsOf(this.tensor).set(floatsOf(source.tensor), offset);
      return;
    }
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(source.tensor.gpuBuffer, 0, this.tensor.gpuBuffer, 4 * offset, 4 * source.tensor.size);
    gpu.device.queue.submit([encoder.finish()]);
  }

  /** What it holds now. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const readback = await Readback.open(this.#backend, this.tensor.size, 1);
    try {
      return await readback.read(this.tensor);
    } finally {
      readback.dispose();
    }
  }

  /** The same numbers under other dims, for as long as this tensor is there. */
  view(dims: readonly number[]): Tensor {
    const { gpu, ort } = this.#backend;
    if (gpu === null) return new ort.Tensor('float32', floatsOf(this.tensor), dims);
    return ort.Tensor.fromGpuBuffer(this.tensor.gpuBuffer, {
      dataType: 'float32',
      dims,
      download: () => this.read(),
    });
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

/** Tensors of these dims: all of them, or none. @throws PinwordError 'out-of-memory' | 'device-lost' */
export async function ownedTensors(backend: Backend, all: readonly (readonly number[])[]): Promise<OwnedTensor[]> {
  const made: OwnedTensor[] = [];
  try {
    for (const dims of all) made.push(await OwnedTensor.create(backend, dims));
    return made;
  } catch (error) {
    for (const tensor of made) tensor.dispose();
    throw error;
  }
}
