import type { UNetConfig } from '../config/unet-config.ts';
import type { ComputeType } from '../../contract/memory.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { add, cast, multiply, reshape, staticSize } from '../ops/tensor.ts';
import { gateName, type Grid, type LookLayer, lookLayers, lookTensors } from './look-names.ts';
import { lookGrids, wordMapBlock } from './look-grids.ts';
import { branchDimension, tokenDimension } from './dimensions.ts';
import { reduce, resizeMaps, wordMaps } from './word-maps.ts';

const subjectDimension = 'look_subjects';
/** B·S: branches, and for each of them its subjects. */
const rowDimension = 'look_rows';
const lookTokenDimension = 'look_tokens';

interface AttentionPlace {
  /** The path of the module. */
  readonly path: string;
  /** [B, h·w, C] and [B, N, C]: those of the attention to the text. */
  readonly query: Value;
  readonly key: Value;
  readonly heads: number;
  readonly grid: Grid;
}

/**
 * The decoupled cross-attention of an IP-Adapter (Ye et al. 2023, Eq. 5; diffusers' IPAdapterAttnProcessor2_0) for any
 * number of subjects: to the attention to the text is added, for each subject, attention to its image tokens with the
 * same queries, times its gate. All tokens of a subject share one softmax. Declares the inputs of
 * look-names.ts. A shallow network never meets the layer of the word maps, and goes by those of the step before.
 */
export class LookAttention {
  readonly #graph: GraphBuilder;
  readonly #type: ComputeType;
  readonly #layers: ReadonlyMap<string, LookLayer>;
  readonly #subjectZeros: Value;
  readonly #padding: Value;
  /** The layer whose attention to the text gives the word maps, and its grid. */
  readonly #wordMap: { readonly path: string; readonly grid: Grid };
  /** The word maps as far as they are known: those of the step before, and behind their layer those of this one. */
  #maps: Value;
  /** By the grid: the inputs, and what the maps made of them so far. */
  readonly #scales = new Map<string, Value>();
  readonly #gates = new Map<string, Value>();
  /** By the number of places. */
  readonly #paddings = new Map<number, Value>();

  /** @param latents their size */
  constructor(graph: GraphBuilder, type: ComputeType, config: UNetConfig, latents: Grid) {
    this.#graph = graph;
    this.#type = type;
    this.#layers = new Map(lookLayers(config).map((layer) => [layer.path, layer]));
    this.#subjectZeros = cast(graph, graph.input(lookTensors.subjectZeros, 'float32', [1, subjectDimension, 1]), type);
    this.#padding = cast(
      graph,
      graph.input(lookTensors.padding, 'float32', [rowDimension, 1, 1, lookTokenDimension]),
      type,
    );
    this.#wordMap = {
      path: `${wordMapBlock(config).path}.attentions.0.transformer_blocks.0.attn2`,
      grid: lookGrids(config, latents).wordMap,
    };
    this.#maps = this.#mapsInput(lookTensors.mapBefore);
  }

  /** @returns [B, h·w, C], what is added to the attention to the text; null where the layer has no look */
  attend(place: AttentionPlace): Value | null {
    const layer = this.#layers.get(place.path);
    if (layer === undefined) return null;
    if (place.path === this.#wordMap.path) this.#readWords(place);
    const graph = this.#graph;
    const { query, grid, heads } = place;
    const [pixels, channels] = [grid.height * grid.width, staticSize(query, -1)];
    const bySubject = [branchDimension, subjectDimension, pixels, channels];
    const flat = reshape(graph, query, [branchDimension, 1, pixels * channels]);
    const spread = add(graph, flat, this.#subjectZeros);
    const rows = reshape(graph, spread, [rowDimension, pixels, channels]);
    const shape = [rowDimension, lookTokenDimension, channels];
    const states = {
      key: graph.input(layer.key, this.#type, shape),
      value: graph.input(layer.value, this.#type, shape),
    };
    const seen = multiHeadAttention(graph, { query: rows, ...states, bias: this.#paddingAt(pixels) }, heads);
    // Branches and subjects are both unknown when the graph is built: their sizes are those of the queries.
    const sizes = graph.node('Shape', [reshape(graph, spread, bySubject)], { type: 'int64', shape: [4] });
    const apart = graph.node('Reshape', [seen, sizes], { type: seen.type, shape: bySubject });
    return reduce(graph, 'ReduceSum', multiply(graph, apart, this.#gateAt(grid)), [1]);
  }

  #readWords({ query, key, heads }: AttentionPlace): void {
    const graph = this.#graph;
    const pixels = staticSize(query, 1);
    const words = graph.input(lookTensors.words, 'float32', [branchDimension, 1, tokenDimension, subjectDimension]);
    const places = graph.input(lookTensors.places, 'float32', [pixels, subjectDimension]);
    const maps = wordMaps(graph, { query, key, heads, words, places });
    this.#maps = add(graph, maps, this.#mapsInput(lookTensors.mapGiven));
    graph.output(lookTensors.map, this.#maps);
    this.#gates.clear();
  }

  /** [B, S, h·w, 1]: scales and areas times the word maps. */
  #gateAt(grid: Grid): Value {
    const name = gateName(grid);
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    const graph = this.#graph;
    const pixels = grid.height * grid.width;
    const scales = this.#scales.get(name) ?? graph.input(name, 'float32', [branchDimension, subjectDimension, pixels]);
    this.#scales.set(name, scales);
    const gate = multiply(graph, scales, resizeMaps(graph, this.#maps, this.#wordMap.grid, grid));
    const made = reshape(graph, cast(graph, gate, this.#type), [branchDimension, subjectDimension, pixels, 1]);
    this.#gates.set(name, made);
    return made;
  }

  /** [B·S, 1, h·w, T]: attention kernels do not spread it over the queries themselves. */
  #paddingAt(pixels: number): Value {
    const known = this.#paddings.get(pixels);
    if (known !== undefined) return known;
    const graph = this.#graph;
    const made = graph.node('Expand', [this.#padding, graph.integers([1, 1, pixels, 1])], {
      type: this.#type,
      shape: [rowDimension, 1, pixels, lookTokenDimension],
    });
    this.#paddings.set(pixels, made);
    return made;
  }

  #mapsInput(name: string): Value {
    const { height, width } = this.#wordMap.grid;
    return this.#graph.input(name, 'float32', [subjectDimension, height * width]);
  }
}
