import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { exclusively } from './exclusively.ts';
import { guarded, watched } from './guarded.ts';
import { notRun, type Session } from './sessions.ts';
import { floatsOf, output } from './tensors.ts';

/** Tensors by the names that a graph has for them. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** Runs into tensors that are there already: see runInto. */
export type RunInto = (feeds: Feeds, outputs: Feeds, makesBuffers: boolean) => Promise<void>;

/**
 * Runs a session into tensors that are there already; one session at a time, as runSession.
 * @param feeds may hold more than this session reads
 * @param makesBuffers whether ONNX Runtime may make buffers on the way: in a first run, and in every one where it keeps
 *   none. Then WebGPU is asked whether there was memory for them.
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal'
 */
export function runInto(
  { inference, gpu }: Session,
  feeds: Feeds,
  outputs: Feeds,
  makesBuffers: boolean,
): Promise<void> {
  const read = Object.fromEntries(Object.entries(feeds).filter(([name]) => inference.inputNames.includes(name)));
  const run = async (): Promise<void> => {
    if (gpu !== null) await inference.run(read, outputs);
    // The wasm provider computes into memory of its own, whatever it is given.
    else copyInto(outputs, await inference.run(read));
  };
  return exclusively(() => (makesBuffers ? guarded(gpu, notRun, run, () => undefined) : watched(gpu, notRun, run)));
}

function copyInto(outputs: Feeds, results: InferenceSession.ReturnType): void {
  for (const [name, tensor] of Object.entries(outputs)) {
    const result = output(results, name);
    floatsOf(tensor).set(floatsOf(result));
    result.dispose();
  }
}
