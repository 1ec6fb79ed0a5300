import type { UNetConfig } from '../config/unet-config.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import { add, staticSize } from '../ops/tensor.ts';
import { branchDimension, tokenDimension } from './dimensions.ts';
import { lookGrids, wordMapBlock } from './look-grids.ts';
import type { Grid, Subjects } from './look-names.ts';
import { wordMapTensors } from './word-map-names.ts';
import { wordMaps } from './word-maps.ts';

/** S where it is open. */
export const subjectDimension = 'look_subjects';

interface WordMapOptions {
  /** Their size. */
  readonly latents: Grid;
  readonly subjects: Subjects;
}

interface TextAttention {
  /** The path of the module. */
  readonly path: string;
  /** [B, h·w, C] and [B, heads, N, C / heads] */
  readonly query: Value;
  readonly key: Value;
  readonly heads: number;
}

/**
 * Where a network sees pinned words, by its attention to the text in one layer (Conceptrol, arXiv 2503.06568). Layers
 * before that one go by the maps of the step before. Declares the inputs of word-map-names.ts. A shallow network
 * never meets that layer, and goes by those of the step before throughout.
 */
export class WordMapLayer {
  /** Of the maps. */
  readonly grid: Grid;
  /** S */
  readonly subjects: Dimension;
  readonly #graph: GraphBuilder;
  readonly #path: string;
  #maps: Value;

  constructor(graph: GraphBuilder, config: UNetConfig, { latents, subjects }: WordMapOptions) {
    this.#graph = graph;
    this.grid = lookGrids(config, latents).wordMap;
    this.subjects = subjects === 'one' ? 1 : subjectDimension;
    this.#path = `${wordMapBlock(config).path}.attentions.0.transformer_blocks.0.attn2`;
    this.#maps = this.#input(wordMapTensors.before);
  }

  /** f32 [S, h·w], as far as they are known: those of the step before, and behind their layer those of this one. */
  get maps(): Value {
    return this.#maps;
  }

  /** Finds the words, where this is the attention that tells of them. */
  read({ path, query, key, heads }: TextAttention): void {
    if (path !== this.#path) return;
    const graph = this.#graph;
    const words = graph.input(wordMapTensors.words, 'float32', [branchDimension, 1, tokenDimension, this.subjects]);
    const places =
      this.subjects === 1 ? null : graph.input(wordMapTensors.places, 'float32', [staticSize(query, 1), this.subjects]);
    const maps = wordMaps(graph, { query, key, heads, words, places });
    this.#maps = add(graph, maps, this.#input(wordMapTensors.given));
    graph.output(wordMapTensors.map, this.#maps);
  }

  #input(name: string): Value {
    return this.#graph.input(name, 'float32', [this.subjects, this.grid.height * this.grid.width]);
  }
}
