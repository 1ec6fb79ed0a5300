import type { InferenceSession, Tensor } from 'onnxruntime-web';

import type { ComputeType } from '../contract/memory.ts';
import { isConstant } from './constant-tensors.ts';
import { exclusively } from './exclusively.ts';
import { guarded, watched } from './guarded.ts';
import type { Feeds, RunInto } from './run-into.ts';
import type { SessionSlot } from './session-slot.ts';
import { notRun, type Backend, type Session } from './sessions.ts';
import { bytesOf, output, zeroTensor } from './tensors.ts';

/**
 * Runs of a session that ONNX Runtime captured: the first run records its commands, later ones replay them, and nothing is
 * chosen, made or cleared anew. It binds what it meets first, so that inputs are copied into tensors that stay, and
 * outputs out of those that it made.
 */
export class CapturedRun {
  readonly #backend: Backend;
  readonly #slot: SessionSlot;
  readonly #open: () => Promise<Session>;
  readonly #inputs = new Map<string, Tensor>();
  /** What each input was copied from last. */
  readonly #copied = new Map<string, Tensor>();
  /** Dims of the inputs that the session is bound to; null before its first run. */
  #bound: string | null = null;
  /** What the slot knows the session by. */
  #key = '';

  private constructor(backend: Backend, slot: SessionSlot, open: () => Promise<Session>) {
    this.#backend = backend;
    this.#slot = slot;
    this.#open = open;
  }

  /**
   * @param slot holds the session: another one is opened where inputs of other dims come
   * @param open opens it for capture
   * @throws what opening throws
   */
  static async open(backend: Backend, slot: SessionSlot, open: () => Promise<Session>): Promise<CapturedRun> {
    const run = new CapturedRun(backend, slot, open);
    await slot.get(run.#key, open);
    return run;
  }

  /** As runInto. @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal' */
  readonly runInto: RunInto = async (feeds, outputs, makesBuffers) => {
    const { inference, gpu } = await this.#sessionFor(feeds);
    const run = async (): Promise<void> => {
      this.#copy(this.#changed(inference.inputNames, feeds));
      const results = await inference.run(Object.fromEntries(this.#inputs));
      this.#copy(Object.keys(outputs).map((name) => [output(results, name), outputs[name]]));
      disposeAll(results);
    };
    await exclusively(() => (makesBuffers ? guarded(gpu, notRun, run, () => undefined) : watched(gpu, notRun, run)));
  };

  /** Frees the inputs; the session stays with its slot. */
  dispose(): void {
    for (const tensor of this.#inputs.values()) tensor.dispose();
    this.#inputs.clear();
    this.#copied.clear();
  }

  /** Inputs that are not what they hold already. */
  #changed(names: readonly string[], feeds: Feeds): readonly (readonly [Tensor | undefined, Tensor | undefined])[] {
    return names.flatMap((name) => {
      const from = feeds[name];
      if (from !== undefined && isConstant(from) && this.#copied.get(name) === from) return [];
      if (from !== undefined) this.#copied.set(name, from);
      return [[from, this.#inputs.get(name)] as const];
    });
  }

  async #sessionFor(feeds: Feeds): Promise<Session> {
    const session = await this.#slot.get(this.#key, this.#open);
    const names = session.inference.inputNames;
    const dims = names.map((name) => `${name} ${feeds[name]?.dims.join() ?? ''}`).join(';');
    if (this.#bound === dims) return session;
    this.dispose();
    for (const name of names) {
      const feed = feeds[name];
      if (feed === undefined) throw new RangeError(`There is no input "${name}".`);
      this.#inputs.set(name, await zeroTensor(this.#backend, feed.type as ComputeType, feed.dims));
    }
    const isFirst = this.#bound === null;
    this.#bound = dims;
    if (isFirst) return session;
    this.#key = dims;
    return this.#slot.get(dims, this.#open);
  }

  /** Copies tensors on the GPU, all in one go. */
  #copy(pairs: readonly (readonly [from: Tensor | undefined, to: Tensor | undefined])[]): void {
    const { gpu } = this.#backend;
    if (gpu === null) throw new RangeError('Nothing is captured without a GPU.');
    const encoder = gpu.device.createCommandEncoder();
    for (const [from, to] of pairs) {
      if (from === undefined || to === undefined) throw new RangeError('A captured run lacks a tensor.');
      encoder.copyBufferToBuffer(from.gpuBuffer, 0, to.gpuBuffer, 0, Math.ceil(bytesOf(from) / 4) * 4);
    }
    gpu.device.queue.submit([encoder.finish()]);
  }
}

function disposeAll(results: InferenceSession.ReturnType): void {
  for (const tensor of Object.values(results)) tensor.dispose();
}
