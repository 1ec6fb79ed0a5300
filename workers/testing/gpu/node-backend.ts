import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

import { adapterVariable, nullAdapter } from '../../../provision/vulkan-driver.ts';
import { requestGpu } from '../../runtime/device.ts';
import { loadOnnxRuntime } from '../../runtime/onnx-runtime.ts';
import type { Backend } from '../../runtime/sessions.ts';

const adapter = process.env[adapterVariable];

/** True where this process was given a WebGPU adapter. */
export const hasWebGpu = adapter !== undefined;

export type Provider = 'wasm' | 'webgpu';

/** Providers that the parity tests run on here. */
export const providers: readonly Provider[] = hasWebGpu ? ['wasm', 'webgpu'] : ['wasm'];

/** Opens ONNX Runtime Web in Node: the wasm provider, or WebGPU through Dawn. */
export async function nodeBackend(provider: Provider): Promise<Backend> {
  if (provider === 'webgpu') await provideWebGpu();
  const ort = await loadOnnxRuntime();
  ort.env.wasm.wasmBinary ??= wasmBinary();
  const gpu = provider === 'webgpu' ? await requestGpu() : null;
  if (gpu?.software === true && adapter !== nullAdapter) pollAtIntervals();
  return { ort, gpu };
}

function wasmBinary(): ArrayBuffer {
  const path = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm');
  return new Uint8Array(readFileSync(path)).buffer;
}

let provided: Promise<void> | undefined;

function provideWebGpu(): Promise<void> {
  provided ??= (async () => {
    // V8's optimizing compiler needs more than a minute for one function of the WebGPU build, and the first run waits for it.
    setFlagsFromString('--liftoff-only');
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    // Node's own navigator cannot be extended, and Dawn's instance must stay referenced for as long as it is used.
    Object.defineProperty(globalThis, 'navigator', {
      value: {
        gpu: create(adapter === nullAdapter ? ['backend=null'] : []),
        hardwareConcurrency: 2,
        userAgent: 'node',
      },
      configurable: true,
    });
    acceptSharedMemory();
    if (adapter === nullAdapter) clearNewBuffers();
  })();
  return provided;
}

/** Dawn in Node refuses data on a SharedArrayBuffer, which is where the wasm heap may lie. ONNX Runtime passes bytes. */
function acceptSharedMemory(): void {
  const writeBuffer = Reflect.get<GPUQueue, 'writeBuffer'>(GPUQueue.prototype, 'writeBuffer');
  GPUQueue.prototype.writeBuffer = function copyingWriteBuffer(buffer, bufferOffset, data, dataOffset, size) {
    const bytes = ArrayBuffer.isView(data) ? copyOf(data) : data;
    writeBuffer.call(this, buffer, bufferOffset, bytes, dataOffset, size);
  };
}

/**
 * While something of a device is awaited, Dawn in Node asks for it at every turn of the event loop, by setImmediate. Where
 * the device is this processor, that takes a whole core from what is awaited.
 */
function pollAtIntervals(): void {
  const later = (poll: () => void): NodeJS.Timeout => setTimeout(poll, 1);
  Object.assign(globalThis, { setImmediate: later });
}

/** The null device gives memory as it finds it; a real one gives zeros. */
function clearNewBuffers(): void {
  const createBuffer = Reflect.get<GPUDevice, 'createBuffer'>(GPUDevice.prototype, 'createBuffer');
  GPUDevice.prototype.createBuffer = function createClearBuffer(descriptor) {
    if (descriptor.mappedAtCreation === true) return createBuffer.call(this, descriptor);
    const buffer = createBuffer.call(this, { ...descriptor, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).fill(0);
    buffer.unmap();
    return buffer;
  };
}

function copyOf(view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
