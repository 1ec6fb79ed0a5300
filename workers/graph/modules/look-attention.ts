import type { UNetConfig } from '../config/unet-config.ts';
import type { ComputeType } from '../../contract/memory.ts';
import { type GraphBuilder, int, type Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import { multiHeadAttention } from '../ops/multi-head-attention.ts';
import { add, cast, multiply, reshape, staticSize } from '../ops/tensor.ts';
import { type Grid, type LookLayer, lookLayers, lookTensors } from './look-names.ts';
import { lookGrids, type LookGrids } from './look-grids.ts';
import { branchDimension } from './dimensions.ts';
import { subjectDimension, type WordMapLayer } from './word-map-layer.ts';
import { nearestPlaces, reduce } from './word-maps.ts';

/** B·S: branches, and for each of them its subjects. */
const rowDimension = 'look_rows';
const lookTokenDimension = 'look_tokens';

interface LookOptions {
  /** Their size. */
  readonly latents: Grid;
  /** What gates it: of as many subjects as it has. */
  readonly wordMaps: WordMapLayer;
}

interface AttentionPlace {
  /** The path of the module. */
  readonly path: string;
  /** [B, h·w, C]: that of the attention to the text. */
  readonly query: Value;
  readonly heads: number;
  readonly grid: Grid;
}

/**
 * The decoupled cross-attention of an IP-Adapter (Ye et al. 2023, Eq. 5; diffusers' IPAdapterAttnProcessor2_0) for any
 * number of subjects: to the attention to the text is added, for each subject, attention to its image tokens with the
 * same queries, times its gate. All tokens of a subject share one softmax. Declares the inputs of
 * look-names.ts.
 */
export class LookAttention {
  readonly #graph: GraphBuilder;
  readonly #type: ComputeType;
  readonly #layers: ReadonlyMap<string, LookLayer>;
  /** null of one subject. */
  readonly #subjectZeros: Value | null;
  readonly #padding: Value;
  readonly #grids: LookGrids;
  readonly #wordMaps: WordMapLayer;
  /** S, and what stands for B·S. */
  readonly #subjects: Dimension;
  readonly #rows: Dimension;
  /** Scales and areas times word maps, by the grid; null until they are needed. */
  #gates: { readonly maps: Value; readonly byGrid: ReadonlyMap<string, Value> } | null = null;
  #gatesInput: Value | null = null;
  /** By the number of places. */
  readonly #paddings = new Map<number, Value>();

  constructor(graph: GraphBuilder, type: ComputeType, config: UNetConfig, { latents, wordMaps }: LookOptions) {
    this.#graph = graph;
    this.#type = type;
    this.#layers = new Map(lookLayers(config).map((layer) => [layer.path, layer]));
    const isOne = wordMaps.subjects === 1;
    this.#wordMaps = wordMaps;
    this.#subjects = wordMaps.subjects;
    this.#rows = isOne ? branchDimension : rowDimension;
    this.#subjectZeros = isOne
      ? null
      : cast(graph, graph.input(lookTensors.subjectZeros, 'float32', [1, subjectDimension, 1]), type);
    this.#padding = cast(
      graph,
      graph.input(lookTensors.padding, 'float32', [this.#rows, 1, 1, lookTokenDimension]),
      type,
    );
    this.#grids = lookGrids(config, latents);
  }

  /** @returns [B, h·w, C], what is added to the attention to the text; null where the layer has no look */
  attend(place: AttentionPlace): Value | null {
    const layer = this.#layers.get(place.path);
    if (layer === undefined) return null;
    const graph = this.#graph;
    const { query, grid, heads } = place;
    const pixels = grid.height * grid.width;
    const shape = [this.#rows, heads, lookTokenDimension, layer.channels / heads];
    const attend = (rows: Value): Value =>
      multiHeadAttention(
        graph,
        {
          query: rows,
          key: graph.input(layer.key, this.#type, shape),
          value: graph.input(layer.value, this.#type, shape),
          bias: this.#paddingAt(pixels),
        },
        heads,
      );
    const gate = this.#gateAt(grid);
    if (this.#subjectZeros === null)
      return multiply(graph, attend(query), reshape(graph, gate, [branchDimension, pixels, 1]));
    const bySubject = [branchDimension, subjectDimension, pixels, layer.channels];
    const flat = reshape(graph, query, [branchDimension, 1, pixels * layer.channels]);
    const spread = add(graph, flat, this.#subjectZeros);
    const seen = attend(reshape(graph, spread, [rowDimension, pixels, layer.channels]));
    // Branches and subjects are both unknown when the graph is built: their sizes are those of the queries.
    const sizes = graph.node('Shape', [reshape(graph, spread, bySubject)], { type: 'int64', shape: [4] });
    const apart = graph.node('Reshape', [seen, sizes], { type: seen.type, shape: bySubject });
    const gates = reshape(graph, gate, [branchDimension, subjectDimension, pixels, 1]);
    return reduce(graph, 'ReduceSum', multiply(graph, apart, gates), [1]);
  }

  /** [B, S, h·w] at a grid. */
  #gateAt(grid: Grid): Value {
    const { maps } = this.#wordMaps;
    if (this.#gates?.maps !== maps) this.#gates = { maps, byGrid: this.#makeGates(maps) };
    const gate = this.#gates.byGrid.get(keyOf(grid));
    if (gate === undefined) throw new RangeError(`There is no gate at ${keyOf(grid)}.`);
    return gate;
  }

  /** All grids at once: a gate is small, and what an operator costs is that it is one. */
  #makeGates(maps: Value): ReadonlyMap<string, Value> {
    const graph = this.#graph;
    const { all, wordMap } = this.#grids;
    const sizes = all.map(({ height, width }) => height * width);
    const places = graph.indices(
      'places of all grids',
      all.flatMap((grid) => nearestPlaces(wordMap, grid)),
    );
    const total = staticSize(places, 0);
    const dims = [branchDimension, this.#subjects, total];
    this.#gatesInput ??= graph.input(lookTensors.gates, 'float32', dims);
    const spread = graph.node(
      'Gather',
      [maps, places],
      { type: 'float32', shape: [this.#subjects, total] },
      { attributes: { axis: int(1) } },
    );
    const gates = cast(graph, multiply(graph, this.#gatesInput, spread), this.#type);
    const parts =
      sizes.length === 1
        ? [gates]
        : graph.nodes(
            'Split',
            [gates, graph.integers(sizes)],
            sizes.map((size) => ({ type: this.#type, shape: [branchDimension, this.#subjects, size] })),
            { attributes: { axis: int(2) } },
          );
    return new Map(all.flatMap((grid, index) => (parts[index] === undefined ? [] : [[keyOf(grid), parts[index]]])));
  }

  /** [B·S, 1, h·w, T]: attention kernels do not spread it over the queries themselves. */
  #paddingAt(pixels: number): Value {
    const known = this.#paddings.get(pixels);
    if (known !== undefined) return known;
    const graph = this.#graph;
    const made = graph.node('Expand', [this.#padding, graph.integers([1, 1, pixels, 1])], {
      type: this.#type,
      shape: [this.#rows, 1, pixels, lookTokenDimension],
    });
    this.#paddings.set(pixels, made);
    return made;
  }
}

const keyOf = ({ height, width }: Grid): string => `${height}×${width}`;
