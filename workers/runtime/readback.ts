import type { Tensor } from 'onnxruntime-web';

import type { Gpu } from './device.ts';
import { exclusively } from './exclusively.ts';
import { guarded, watched } from './guarded.ts';
import type { Backend } from './sessions.ts';
import { floatsOf } from './tensors.ts';

/** Brings f32 tensors to the host, on WebGPU through buffers that are made once. */
export class Readback {
  readonly #gpu: Gpu | null;
  readonly #buffers: readonly GPUBuffer[];
  #next = 0;

  private constructor(gpu: Gpu | null, buffers: readonly GPUBuffer[]) {
    this.#gpu = gpu;
    this.#buffers = buffers;
  }

  /**
   * @param size numbers of the largest tensor that is read
   * @param atOnce how many may be on their way
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  static async open({ gpu }: Backend, size: number, atOnce: number): Promise<Readback> {
    if (gpu === null) return new Readback(null, []);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const make = (): Promise<GPUBuffer[]> =>
      Promise.resolve(Array.from({ length: atOnce }, () => gpu.device.createBuffer({ size: 4 * size, usage })));
    const buffers = await exclusively(() => guarded(gpu, 'A buffer could not be made', make, destroyAll));
    return new Readback(gpu, buffers);
  }

  /**
   * What the tensor holds now, whatever is computed into it afterwards.
   * @throws PinwordError 'device-lost' | 'internal'
   */
  read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    if (this.#gpu === null) return Promise.resolve(floatsOf(tensor).slice());
    const buffer = this.#buffers[this.#next];
    if (buffer === undefined) throw new RangeError('There is no buffer to read through.');
    this.#next = (this.#next + 1) % this.#buffers.length;
    return readThrough(this.#gpu, buffer, tensor);
  }

  dispose(): void {
    destroyAll(this.#buffers);
  }
}

function readThrough(gpu: Gpu, buffer: GPUBuffer, tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  const bytes = 4 * tensor.size;
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, buffer, 0, bytes);
  gpu.device.queue.submit([encoder.finish()]);
  return watched(gpu, 'A result could not be read', async () => {
    await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    const values = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    return values;
  });
}

function destroyAll(buffers: readonly GPUBuffer[]): void {
  for (const buffer of buffers) buffer.destroy();
}
