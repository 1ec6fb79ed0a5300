import type { Tensor } from 'onnxruntime-web';

import { wordMapTensors } from '../../graph/modules/word-map-names.ts';
import { ownedTensors, type OwnedTensor } from '../../runtime/owned-tensor.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { WordMapsSource } from '../modules/conditions.ts';

/** The tensors of a step's word maps, each [S, h·w]. */
export interface StepWordMaps {
  /** Of the step before. */
  readonly before: Tensor;
  /** What a run adds that reads the words itself: nothing; 1 where nothing is bound. */
  readonly base: Tensor;
  /** Of this step. */
  readonly after: Tensor;
  /** For runs that give what they were given. */
  readonly spare: Tensor;
}

/** What a run of the network is told of word maps, and where it writes them. */
export interface WordMapFeeds {
  readonly inputs: Feeds;
  readonly outputs: Feeds;
}

/** @param leads whether this run reads the words itself; else it is given what the one that does has read */
export function wordMapFeeds(maps: StepWordMaps | null, leads: boolean): WordMapFeeds {
  if (maps === null) return { inputs: {}, outputs: {} };
  const { before, base, after, spare } = maps;
  return {
    inputs: { [wordMapTensors.before]: before, [wordMapTensors.given]: leads ? base : after },
    outputs: { [wordMapTensors.map]: leads ? after : spare },
  };
}

interface Buffers {
  readonly key: string;
  readonly pair: readonly [OwnedTensor, OwnedTensor];
  readonly base: OwnedTensor;
  readonly spare: OwnedTensor;
  /** What a picture begins with. */
  readonly first: Float32Array<ArrayBuffer>;
}

/** Word maps from step to step: two, one read and the other written, so that a step that fails leaves what it read. */
export class WordMapBuffers {
  readonly #backend: Backend;
  #buffers: Buffers | null = null;
  #current = 0;
  /** What was loaded last. */
  #loaded: Float32Array<ArrayBuffer> | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Makes what conditions need. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async prepare(spec: WordMapsSource | null): Promise<void> {
    const key = spec === null ? null : `${spec.dims.join()} ${spec.areBound ? 'bound' : ''}`;
    if ((this.#buffers?.key ?? null) === key) return;
    this.dispose();
    if (spec === null || key === null) return;
    const [a, b, base, spare] = await ownedTensors(this.#backend, new Array<readonly number[]>(4).fill(spec.dims));
    if (!a || !b || !base || !spare) throw new RangeError('A tensor was asked for and not made.');
    const first = new Float32Array(a.tensor.size).fill(spec.areBound ? 0 : 1);
    base.write(first);
    this.#buffers = { key, pair: [a, b], base, spare, first };
    this.load(this.#loaded?.length === first.length ? this.#loaded : null);
  }

  /** @param maps null where a picture begins */
  load(maps: Float32Array<ArrayBuffer> | null): void {
    this.#loaded = maps;
    if (this.#buffers !== null) this.#buffers.pair[this.#current === 0 ? 0 : 1].write(maps ?? this.#buffers.first);
  }

  /** null where there are none. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async read(): Promise<Float32Array<ArrayBuffer> | null> {
    return (await this.#buffers?.pair[this.#current === 0 ? 0 : 1].read()) ?? null;
  }

  get step(): StepWordMaps | null {
    if (this.#buffers === null) return null;
    const { pair, base, spare } = this.#buffers;
    const [before, after] = this.#current === 0 ? pair : [pair[1], pair[0]];
    return { before: before.tensor, base: base.tensor, after: after.tensor, spare: spare.tensor };
  }

  /** What a step wrote is what the next one reads. */
  swap(): void {
    this.#current = 1 - this.#current;
  }

  dispose(): void {
    for (const tensor of [...(this.#buffers?.pair ?? []), this.#buffers?.base, this.#buffers?.spare]) tensor?.dispose();
    this.#buffers = null;
    this.#current = 0;
  }
}
