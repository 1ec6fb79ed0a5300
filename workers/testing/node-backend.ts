import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

import { requestGpu } from '../runtime/device.ts';
import { loadOnnxRuntime } from '../runtime/onnx-runtime.ts';
import type { Backend } from '../runtime/sessions.ts';

const lavapipe = '/usr/share/vulkan/icd.d/lvp_icd.json';

/** True where Dawn can be tested: a Linux machine with Mesa's software Vulkan driver. */
export const hasLavapipe = existsSync(lavapipe);

/** Providers that the parity tests run on here. */
export const providers: readonly ('wasm' | 'webgpu')[] = hasLavapipe ? ['wasm', 'webgpu'] : ['wasm'];

/** Opens ONNX Runtime Web in Node: the wasm provider, or WebGPU through Dawn on Mesa's lavapipe. */
export async function nodeBackend(provider: 'wasm' | 'webgpu'): Promise<Backend> {
  if (provider === 'webgpu') await provideWebGpu();
  const ort = await loadOnnxRuntime();
  ort.env.wasm.wasmBinary ??= wasmBinary();
  return { ort, gpu: provider === 'webgpu' ? await requestGpu() : null };
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
    process.env['VK_DRIVER_FILES'] = lavapipe;
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    // Node's own navigator cannot be extended, and Dawn's instance must stay referenced for as long as it is used.
    Object.defineProperty(globalThis, 'navigator', {
      value: { gpu: create([]), hardwareConcurrency: 2, userAgent: 'node' },
      configurable: true,
    });
    acceptSharedMemory();
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

function copyOf(view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
