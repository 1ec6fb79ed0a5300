import type { Gpu } from './device.ts';
import { deviceLostError, outOfMemoryError, runtimeError } from './runtime-error.ts';

/**
 * Runs a task on the GPU and looks at what WebGPU reports beside it: a buffer that found no memory is a buffer all
 * the same, and a run over it ends well and gives zeros; a lost device may never answer.
 * @param what the sentence for an error without a code
 * @param discard frees what a task gave that ran out of memory
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal'
 */
export async function guarded<T>(
  gpu: Gpu | null,
  what: string,
  task: () => Promise<T>,
  discard: (result: T) => void | Promise<void>,
): Promise<T> {
  if (gpu === null) return watched(gpu, what, task);
  requireDevice(gpu);
  gpu.device.pushErrorScope('out-of-memory');
  const ended = await gpu.loss.during(settled(task()));
  const shortage = await gpu.loss.during(gpu.device.popErrorScope().catch(() => null));
  if (ended === null || gpu.loss.lost) throw deviceLostError();
  if (shortage !== null) {
    if (ended.ok) await discard(ended.value);
    throw outOfMemoryError(ended.ok ? shortage : ended.error);
  }
  if (!ended.ok) throw runtimeError(ended.error, what);
  return ended.value;
}

/**
 * As guarded, for a task that makes no buffers: only the device may be lost.
 * @throws PinwordError 'device-lost' | 'internal'
 */
export async function watched<T>(gpu: Gpu | null, what: string, task: () => Promise<T>): Promise<T> {
  // What was never begun cannot stand in the way of what is let go then.
  requireDevice(gpu);
  const ended = gpu === null ? await settled(task()) : await gpu.loss.during(settled(task()));
  if (ended === null || gpu?.loss.lost === true) throw deviceLostError();
  if (!ended.ok) throw runtimeError(ended.error, what);
  return ended.value;
}

function requireDevice(gpu: Gpu | null): void {
  if (gpu?.loss.lost === true) throw deviceLostError();
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function settled<T>(task: Promise<T>): Promise<Settled<T>> {
  return task.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
}
