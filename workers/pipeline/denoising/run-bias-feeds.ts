import type { Tensor } from 'onnxruntime-web';

import type { ComputeType } from '../../contract/memory.ts';
import { runBiasTensors } from '../../graph/graphs/run-biases.ts';
import { hasRowPerStep } from '../../graph/modules/run-biases.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { bytesOf, floatTensor, zeroTensor } from '../../runtime/tensors.ts';
import type { HostFeed } from '../modules/conditions.ts';

/** What the biases of a run are made of. */
export interface RunTimes {
  /** f32 [T, C0]: the sinusoid of every timestep of the schedule */
  readonly embeddings: HostFeed;
  /** f32 [1, D]: the embedding of the guidance scale, where the network reads it; else null */
  readonly cond: HostFeed | null;
}

/** Runs the graph of run-biases.ts. */
export type MakeBiases = (inputs: Feeds) => Promise<Feeds>;

/**
 * The biases that steps take as inputs, made once a run: of a table [T, C] each step is fed its row [C], the others are
 * those of all steps.
 */
export class RunBiasFeeds {
  readonly #backend: Backend;
  readonly #make: MakeBiases;
  #times: RunTimes | null = null;
  #made: Feeds = {};
  /** Where rows lie on the GPU for the step; those of the processor's provider are views. */
  readonly #rows = new Map<string, Tensor>();
  #feeds: Feeds = {};

  constructor(backend: Backend, make: MakeBiases) {
    this.#backend = backend;
    this.#make = make;
  }

  /** For the step that is next. */
  get feeds(): Feeds {
    return this.#feeds;
  }

  /**
   * Makes them, where they are those of other timesteps or of another guidance scale, and chooses a step's.
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  async choose(times: RunTimes, step: number): Promise<void> {
    if (this.#times === null || !areSame(this.#times, times)) await this.#replace(times);
    const tables = Object.entries(this.#made).filter(([name]) => hasRowPerStep(name));
    const rows = this.#backend.gpu === null ? this.#viewRows(tables, step) : await this.#copyRows(tables, step);
    this.#feeds = { ...this.#made, ...rows };
  }

  dispose(): void {
    this.#release();
    for (const tensor of this.#rows.values()) tensor.dispose();
    this.#rows.clear();
  }

  async #replace(times: RunTimes): Promise<void> {
    this.#release();
    const { embeddings, cond } = times;
    this.#made = await this.#make({
      [runBiasTensors.timeEmbeddings]: floatTensor(this.#backend, embeddings.values, embeddings.dims),
      ...(cond === null ? {} : { [runBiasTensors.timestepCond]: floatTensor(this.#backend, cond.values, cond.dims) }),
    });
    this.#times = times;
  }

  #release(): void {
    for (const tensor of Object.values(this.#made)) tensor.dispose();
    this.#made = {};
    this.#feeds = {};
    this.#times = null;
  }

  #viewRows(tables: readonly (readonly [string, Tensor])[], step: number): Feeds {
    const { ort } = this.#backend;
    return Object.fromEntries(
      tables.map(
        ([
          name,
          {
            type,
            data,
            dims: [, size = 0],
          },
        ]) => {
          if (!(data instanceof Float32Array)) throw new RangeError(`${name} is ${type}.`);
          return [name, new ort.Tensor('float32', data.subarray(step * size, (step + 1) * size), [size])];
        },
      ),
    );
  }

  async #copyRows(tables: readonly (readonly [string, Tensor])[], step: number): Promise<Feeds> {
    const { gpu } = this.#backend;
    const encoder = gpu?.device.createCommandEncoder();
    const rows: Record<string, Tensor> = {};
    for (const [name, table] of tables) {
      const row = await this.#rowFor(name, table);
      const bytes = bytesOf(row);
      if (bytes % 4 !== 0) throw new RangeError(`A row of ${name} cannot be copied by itself.`);
      encoder?.copyBufferToBuffer(table.gpuBuffer, step * bytes, row.gpuBuffer, 0, bytes);
      rows[name] = row;
    }
    if (encoder !== undefined) gpu?.device.queue.submit([encoder.finish()]);
    return rows;
  }

  async #rowFor(name: string, { type, dims: [, size = 0] }: Tensor): Promise<Tensor> {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const made = await zeroTensor(this.#backend, type as ComputeType, [size]);
    this.#rows.set(name, made);
    return made;
  }
}

function areSame(a: RunTimes, b: RunTimes): boolean {
  return sameNumbers(a.embeddings, b.embeddings) && (a.cond === null ? b.cond === null : sameNumbers(a.cond, b.cond));
}

function sameNumbers(a: HostFeed, b: HostFeed | null): boolean {
  if (a === b) return true;
  return (
    b !== null && a.values.length === b.values.length && a.values.every((value, index) => value === b.values[index])
  );
}
