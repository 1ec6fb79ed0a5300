import type { InferenceSession } from 'onnxruntime-web';

import type { Gpu } from './device.ts';
import { exclusively } from './exclusively.ts';
import { unusedOptimizers } from './graph-optimizers.ts';
import { guarded } from './guarded.ts';
import { HeldBlob } from './held-blob.ts';
import type { Ort } from './onnx-runtime.ts';
import { requireReadable, type WeightFile } from './weight-files.ts';

/** Where graphs run. `gpu` is null for the wasm provider. */
export interface Backend {
  readonly ort: Ort;
  readonly gpu: Gpu | null;
}

interface SessionSettings {
  /** Outputs that feed a later run stay on the GPU; all others are read back. */
  readonly gpuOutputs?: readonly string[];
  /** On WebGPU, refuse a graph of which any node would slip to the CPU. */
  readonly strict?: boolean;
  /**
   * Whether its first run is captured, and replayed by later ones. All inputs and outputs must then lie on the GPU, and
   * those of the first run are bound for good: see CapturedRun.
   */
  readonly captures?: boolean;
}

/** A graph that is ready to run. */
export interface Session {
  readonly inference: InferenceSession;
  readonly gpu: Gpu | null;
  /**
   * ONNX Runtime keeps what a released session held on the GPU until another one opens; all of it is given back once
   * no session is left.
   */
  release(): Promise<void>;
}

/**
 * Opens a session on an ONNX graph whose initializers are external data.
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'stored-files-gone' | 'internal'
 */
export async function openSession(
  backend: Backend,
  model: Uint8Array,
  weights: readonly WeightFile[],
  settings: SessionSettings = {},
): Promise<Session> {
  const { gpu, ort } = backend;
  const create = async (): Promise<InferenceSession> => {
    try {
      return await ort.InferenceSession.create(model, sessionOptions(backend, weights, settings));
    } catch (error) {
      await requireReadable(weights);
      throw error;
    }
  };
  const inference = await exclusively(() =>
    guarded(gpu, 'A part of the model could not be prepared.', create, (session) => session.release()),
  );
  return { inference, gpu, release: () => exclusively(() => inference.release()) };
}

/** What is said of a run that failed for a reason without a code. */
export const notRun = 'A part of the model could not be run.';

/**
 * Runs a session; one at a time over all sessions.
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal'
 */
export function runSession(
  { inference, gpu }: Session,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
  const disposeAll = (results: InferenceSession.ReturnType): void => {
    for (const tensor of Object.values(results)) tensor.dispose();
  };
  return exclusively(() => guarded(gpu, notRun, () => inference.run(feeds), disposeAll));
}

function sessionOptions(
  { gpu }: Backend,
  weights: readonly WeightFile[],
  settings: SessionSettings,
): InferenceSession.SessionOptions {
  const externalData = weights.map(({ path, data }) => ({
    path,
    data: data instanceof Blob ? new HeldBlob([data]) : data,
  }));
  const optimization = { disable_specified_optimizers: unusedOptimizers.join(';') };
  const common = { externalData, logSeverityLevel: 3 } as const;
  if (gpu === null) return { ...common, extra: { optimization }, executionProviders: ['wasm'] };
  const session = settings.strict === true ? { disable_cpu_ep_fallback: '1' } : {};
  return {
    ...common,
    extra: { optimization, session },
    executionProviders: [{ name: 'webgpu', device: gpu.device, storageBufferCacheMode: gpu.bufferCache }],
    enableGraphCapture: settings.captures === true,
    preferredOutputLocation: Object.fromEntries((settings.gpuOutputs ?? []).map((name) => [name, 'gpu-buffer'])),
  };
}
