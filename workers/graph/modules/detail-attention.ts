import type { UNetConfig } from '../config/unet-config.ts';
import type { ComputeType } from '../../contract/memory.ts';
import { type GraphBuilder, int, type Value } from '../onnx/graph-builder.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { add, cast, multiply, reshape, staticSize, transpose } from '../ops/tensor.ts';
import { detailLayers, detailTensors, marksWidth, type DetailLayer } from './detail-names.ts';
import { branchDimension } from './dimensions.ts';
import type { Grid } from './look-names.ts';
import type { WordMapLayer } from './word-map-layer.ts';
import { nearestPlaces } from './word-maps.ts';

/** What a place has of a word's map where the word is not seen at all, so that its logarithm is a number (ConsiStory). */
const leastOfMap = 1e-4;

interface DetailOptions {
  /** R */
  readonly references: number;
  /** Whether keys and values of this run are outputs, for later runs to see. */
  readonly gives: boolean;
  /** [B, 1, 1] zeros in the compute type. */
  readonly branchZeros: Value;
  /** The maps of the words that say where what references give may go; null where it may go everywhere. */
  readonly boundTo: WordMapLayer | null;
}

interface SelfAttention {
  /** The path of the module. */
  readonly path: string;
  /** [B, h·w, C] each. */
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly heads: number;
  readonly grid: Grid;
}

/**
 * Multi-reference self-attention (FreeCustom, Ding et al. 2024, arXiv 2405.13870): in late layers the keys and values of
 * references stand behind a branch's own, in one softmax, and a bias is added to their scores.
 *
 * A bias [h·w, T] for each branch would be larger than all else, so it goes through the product of queries and keys:
 * each head has channels more, of a query the bias for each reference, of a key a 1 in its reference's channel. Keys that
 * are not the subject's are never gathered. Of values these channels are cut off again. Bound to words, the bias of a
 * place also has the logarithm of its reference's word map there, so that a subject's detail goes where its word is.
 */
export class DetailAttention {
  readonly #graph: GraphBuilder;
  readonly #type: ComputeType;
  readonly #options: DetailOptions;
  readonly #layers: ReadonlyMap<string, DetailLayer>;
  /** Inputs, and what is made of them, by their names. */
  readonly #known = new Map<string, Value>();

  constructor(graph: GraphBuilder, type: ComputeType, config: UNetConfig, options: DetailOptions) {
    this.#graph = graph;
    this.#type = type;
    this.#options = options;
    this.#layers = new Map(detailLayers(config).map((layer) => [layer.path, layer]));
  }

  /** @returns [B, h·w, C], the whole self-attention; null where the layer sees no references */
  attend({ path, query, key, value, heads, grid }: SelfAttention): Value | null {
    const layer = this.#layers.get(path);
    if (layer === undefined) return null;
    if (this.#options.gives) this.#give(layer, key, value);
    const headSize = staticSize(query, -1) / heads;
    const marks = this.#marks(layer, heads);
    const bias = this.#bias(layer, heads, headSize, grid);
    const tokens = tokensAt(layer);
    const wide = multiHeadAttention(
      this.#graph,
      {
        query: this.#widened(query, bias, heads),
        key: this.#widened(this.#joined(layer, key, detailTensors.key, tokens), marks, heads),
        value: this.#widened(this.#joined(layer, value, detailTensors.value, tokens), marks, heads),
        scale: 1 / Math.sqrt(headSize),
      },
      heads,
    );
    return this.#narrowed(wide, query, heads);
  }

  /** Leaves keys and values at the subject's places. */
  #give({ index, level }: DetailLayer, key: Value, value: Value): void {
    const graph = this.#graph;
    const count = `detail_count_${level}`;
    const places = this.#once(detailTensors.places(level), () =>
      graph.input(detailTensors.places(level), 'int32', [count]),
    );
    for (const [name, x] of [
      [detailTensors.ownKey(index), key],
      [detailTensors.ownValue(index), value],
    ] as const) {
      const shape = [branchDimension, count, staticSize(x, -1)];
      graph.output(name, graph.node('Gather', [x, places], { type: x.type, shape }, { attributes: { axis: int(1) } }));
    }
  }

  /** A branch's own, and behind them those of every reference: [B, T, C]. */
  #joined(
    { index, level, channels }: DetailLayer,
    own: Value,
    nameOf: (layer: number, reference: number) => string,
    tokens: string,
  ): Value {
    const graph = this.#graph;
    const all = Array.from({ length: this.#options.references }, (_, reference) => {
      const shape = [1, `detail_count_${level}_${reference}`, channels];
      return add(graph, graph.input(nameOf(index, reference), this.#type, shape), this.#options.branchZeros);
    });
    const shape = [branchDimension, tokens, channels];
    return graph.node('Concat', [own, ...all], { type: own.type, shape }, { attributes: { axis: int(1) } });
  }

  /** [B, T, heads, E] */
  #marks(layer: DetailLayer, heads: number): Value {
    const name = detailTensors.marks(layer.level);
    return this.#once(`${name} ${heads}`, () =>
      this.#forHeads(this.#input(name, tokensAt(layer)), heads, tokensAt(layer)),
    );
  }

  /** [B, h·w, heads, E], times what the attention divides scores by. */
  #bias({ level }: DetailLayer, heads: number, headSize: number, grid: Grid): Value {
    const name = detailTensors.bias(level);
    const pixels = grid.height * grid.width;
    const words = this.#wordBias(level, grid);
    return this.#once(`${name} ${heads} ${headSize} ${words?.name ?? ''}`, () => {
      const graph = this.#graph;
      const scale = graph.floats(`detail bias scale ${headSize}`, [Math.sqrt(headSize)], [1], 'float32');
      const told = this.#input(name, pixels);
      const bias = words === null ? told : add(graph, told, words);
      return this.#forHeads(multiply(graph, bias, scale), heads, pixels);
    });
  }

  /** [1, h·w, 1, E]: the logarithm of the word map of each reference; null where nothing is bound. */
  #wordBias(level: number, grid: Grid): Value | null {
    const { boundTo } = this.#options;
    if (boundTo === null) return null;
    const { maps, grid: from } = boundTo;
    return this.#once(`word bias ${level} ${maps.name}`, () => {
      const graph = this.#graph;
      const width = marksWidth(this.#options.references);
      const pixels = grid.height * grid.width;
      const least = graph.floats('least of a word map', [leastOfMap], [1], 'float32');
      const logarithm = graph.node('Log', [add(graph, maps, least)], maps);
      const subjects = this.#once(detailTensors.subjects, () => graph.input(detailTensors.subjects, 'int32', [width]));
      const byReference = transpose(graph, this.#rows(logarithm, subjects, width), [1, 0]);
      const places = graph.indices(`word places of detail ${level}`, nearestPlaces(from, grid));
      return reshape(graph, this.#rows(byReference, places, pixels), [1, pixels, 1, width]);
    });
  }

  #rows(x: Value, rows: Value, count: number): Value {
    const shape = [count, ...x.shape.slice(1)];
    return this.#graph.node('Gather', [x, rows], { type: x.type, shape }, { attributes: { axis: int(0) } });
  }

  #input(name: string, places: number | string): Value {
    const shape = [branchDimension, places, 1, marksWidth(this.#options.references)];
    return this.#once(name, () => this.#graph.input(name, 'float32', shape));
  }

  #forHeads(x: Value, heads: number, places: number | string): Value {
    const graph = this.#graph;
    const shape = [branchDimension, places, heads, marksWidth(this.#options.references)];
    return graph.node('Expand', [cast(graph, x, this.#type), graph.integers([1, 1, heads, 1])], {
      type: this.#type,
      shape,
    });
  }

  /** [B, S, heads · d] and [B, S, heads, E] → [B, S, heads · (d + E)] */
  #widened(x: Value, more: Value, heads: number): Value {
    const graph = this.#graph;
    const [batch = 1, places = 1] = x.shape;
    const headSize = staticSize(x, -1) / heads;
    const width = headSize + staticSize(more, -1);
    const split = reshape(graph, x, [batch, places, heads, headSize]);
    const shape = [batch, places, heads, width];
    const wide = graph.node('Concat', [split, more], { type: x.type, shape }, { attributes: { axis: int(3) } });
    return reshape(graph, wide, [batch, places, heads * width]);
  }

  /** [B, h·w, heads · (d + E)] → [B, h·w, heads · d] */
  #narrowed(x: Value, { shape: [batch = 1, places = 1, channels] }: Value, heads: number): Value {
    const graph = this.#graph;
    const size = Number(channels);
    const split = reshape(graph, x, [batch, places, heads, staticSize(x, -1) / heads]);
    const limits = [[0], [size / heads], [3]].map((values) => graph.integers(values));
    const cut = graph.node('Slice', [split, ...limits], { type: x.type, shape: [batch, places, heads, size / heads] });
    return reshape(graph, cut, [batch, places, size]);
  }

  #once(name: string, make: () => Value): Value {
    const known = this.#known.get(name) ?? make();
    this.#known.set(name, known);
    return known;
  }
}

/** T at the layer's level. */
function tokensAt({ level }: DetailLayer): string {
  return `detail_tokens_${level}`;
}
