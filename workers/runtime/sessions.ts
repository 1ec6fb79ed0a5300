import type { InferenceSession } from 'onnxruntime-web';

import { PinwordError } from '../errors.ts';
import type { Gpu } from './device.ts';
import type { Ort } from './onnx-runtime.ts';

/** An external-data file of a graph. A Blob is read range by range where the runtime can suspend. */
export interface WeightFile {
  readonly path: string;
  readonly data: Blob | Uint8Array;
}

/** Where graphs run. `gpu` is null for the wasm provider. */
export interface Backend {
  readonly ort: Ort;
  readonly gpu: Gpu | null;
}

export interface SessionSettings {
  /** Outputs that feed a later run stay on the GPU; all others are read back. */
  readonly gpuOutputs?: readonly string[];
  /** On WebGPU, refuse a graph of which any node would slip to the CPU. */
  readonly strict?: boolean;
}

/** ONNX Runtime's wasm build runs one create or run at a time; calls queue here. */
let queue: Promise<unknown> = Promise.resolve();

export function exclusively<T>(task: () => Promise<T>): Promise<T> {
  const result = queue.then(task);
  queue = result.catch(() => undefined);
  return result;
}

/**
 * Opens a session on an ONNX graph whose initializers are external data.
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal'
 */
export function openSession(
  backend: Backend,
  model: Uint8Array,
  weights: readonly WeightFile[],
  settings: SessionSettings = {},
): Promise<InferenceSession> {
  return exclusively(async () => {
    try {
      return await backend.ort.InferenceSession.create(model, sessionOptions(backend, weights, settings));
    } catch (error) {
      throw runtimeError(error, 'The graph could not be prepared');
    }
  });
}

/** Runs a session; one at a time over all sessions. */
export function runSession(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
  return exclusively(async () => {
    try {
      return await session.run(feeds);
    } catch (error) {
      throw runtimeError(error, 'The graph could not be run');
    }
  });
}

function sessionOptions(
  { gpu }: Backend,
  weights: readonly WeightFile[],
  settings: SessionSettings,
): InferenceSession.SessionOptions {
  const common = { externalData: [...weights], logSeverityLevel: 3 } as const;
  if (gpu === null) return { ...common, executionProviders: ['wasm'] };
  return {
    ...common,
    extra: { session: settings.strict === true ? { disable_cpu_ep_fallback: '1' } : {} },
    executionProviders: [{ name: 'webgpu', device: gpu.device, storageBufferCacheMode: 'simple' }],
    preferredOutputLocation: Object.fromEntries((settings.gpuOutputs ?? []).map((name) => [name, 'gpu-buffer'])),
  };
}

function runtimeError(error: unknown, what: string): PinwordError {
  const words = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (/out of memory|allocat|bad_alloc|Invalid Buffer/i.test(words)) {
    return new PinwordError('out-of-memory', `There was not enough memory: ${words}`, options);
  }
  if (/device.*(lost|destroyed)/i.test(words)) {
    return new PinwordError('device-lost', 'The GPU was reset or taken away by the system. Start again.', options);
  }
  return new PinwordError('internal', `${what}: ${words}`, options);
}
