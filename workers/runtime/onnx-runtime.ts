import type * as OrtModule from 'onnxruntime-web';

import { PinwordError } from '../errors.ts';
import { once } from '../once.ts';

/** The module namespace of ONNX Runtime Web, whichever build was loaded. */
export type Ort = typeof OrtModule;

/**
 * Loads ONNX Runtime once: the JSPI build where the browser can suspend wasm (it streams the ranges of a Blob,
 * so that weights never enter the wasm heap), else the asyncify build. Both hold the native WebGPU provider. A load that
 * failed, because the network did, is tried again at the next call.
 */
export const loadOnnxRuntime = once(async () =>
  configure(
    await (canSuspendWasm() ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu')).catch(
      (cause: unknown) => {
        throw new PinwordError('network', 'A part of this site could not be loaded. Check the connection.', { cause });
      },
    ),
  ),
);

function canSuspendWasm(): boolean {
  return 'Suspending' in WebAssembly;
}

function configure(ort: Ort): Ort {
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = wasmThreads();
  return ort;
}

/** Threads need SharedArrayBuffer, which only a cross-origin isolated page has. */
function wasmThreads(): number {
  const isolated = 'crossOriginIsolated' in globalThis && globalThis.crossOriginIsolated;
  return isolated ? Math.min(8, Math.max(1, Math.floor(navigator.hardwareConcurrency / 2))) : 1;
}
