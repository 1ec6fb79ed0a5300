import { ClipTextModel } from '../modules/clip-text-model.ts';
import type { ClipTextConfig } from '../config/clip-config.ts';
import { GraphBuilder, int, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import type { Dimension } from '../onnx/onnx-writer.ts';
import { cast, reshape } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';

/** Names of the tensors that enter and leave the graph. */
export const unifiedEncoderTensors = {
  tokenEmbeddings: 'token_embeddings',
  pseudoWords: 'pseudo_words',
  wordIndex: 'word_index',
  hiddenIndex: 'hidden_index',
  hiddenStates: 'hidden_states',
} as const;

interface UnifiedEncoderOptions {
  readonly kernels: KernelSet;
  /** Whether pictures are pinned; without, the graph is the plain text encoder. */
  readonly pinned: boolean;
  /** 1 takes the last layer's hidden states, 2 those of the one before it, and so on; A1111's “Clip skip”. */
  readonly clipSkip?: number;
}

/**
 * Builds the Text-and-Image Unified Encoder (UMM-Diffusion, 3.2).
 *
 * Inputs: token_embeddings f32 [2, S, D], of caption and negative prompt, S = max_position_embeddings; the host looks
 * them up, because their table is larger than the buffers that some adapters bind. Pinned also: pseudo_words f32 [n, D];
 * word_index int32 [S], the rows that make w_r out of [token embeddings of the caption (0 … S−1); pseudo-words (S …)];
 * hidden_index int32 [S], the rows that make h_u out of [h_y (0 … S−1); h_r (S … 2S−1)].
 * Output: hidden_states f32 [3, S, D] = h_u, h_y, h_∅; not pinned [2, S, D] = h_y, h_∅.
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildUnifiedEncoder(
  config: ClipTextConfig,
  weights: GraphWeights,
  options: UnifiedEncoderOptions,
): BuiltGraph {
  const graph = new GraphBuilder('unified-encoder', options.kernels);
  const parameters = new Parameters(graph, weights);
  const text = new ClipTextModel(graph, parameters, config, options.clipSkip);
  const tokenEmbeddings = graph.input(unifiedEncoderTensors.tokenEmbeddings, 'float32', [
    2,
    config.max_position_embeddings,
    config.hidden_size,
  ]);
  const texts = cast(graph, tokenEmbeddings, text.type);
  const states = options.pinned ? unifiedStates(graph, text, texts, config) : text.hiddenStates(texts);
  graph.output(unifiedEncoderTensors.hiddenStates, cast(graph, states, 'float32'));
  text.refuseExtra();
  return builtGraph(graph, parameters.used);
}

function unifiedStates(
  graph: GraphBuilder,
  text: ClipTextModel,
  texts: Value,
  { max_position_embeddings: length, hidden_size: dim }: ClipTextConfig,
): Value {
  const pseudoWords = graph.input(unifiedEncoderTensors.pseudoWords, 'float32', ['pseudo_words', dim]);
  const wordIndex = graph.input(unifiedEncoderTensors.wordIndex, 'int32', [length]);
  const hiddenIndex = graph.input(unifiedEncoderTensors.hiddenIndex, 'int32', [length]);
  const [caption] = rows(graph, texts, 2);
  const words = concat(graph, [reshape(graph, caption, [length, dim]), cast(graph, pseudoWords, text.type)], 'words');
  const rearranged = reshape(graph, gather(graph, words, wordIndex), [1, length, dim]);
  const [fromText, empty, fromPictures] = rows(graph, text.hiddenStates(concat(graph, [texts, rearranged], 3)), 3);
  const candidates = reshape(graph, concat(graph, [fromText, fromPictures], 2), [2 * length, dim]);
  const unified = reshape(graph, gather(graph, candidates, hiddenIndex), [1, length, dim]);
  return concat(graph, [unified, fromText, empty], 3);
}

function gather(graph: GraphBuilder, values: Value, index: Value): Value {
  const shape = [...index.shape, ...values.shape.slice(1)];
  return graph.node('Gather', [values, index], { type: values.type, shape }, { attributes: { axis: int(0) } });
}

function concat(graph: GraphBuilder, values: readonly [Value, ...Value[]], size: Dimension): Value {
  const [{ type, shape }] = values;
  return graph.node('Concat', values, { type, shape: [size, ...shape.slice(1)] }, { attributes: { axis: int(0) } });
}

/** The `count` entries along the first axis, each with a first axis of one. */
function rows(graph: GraphBuilder, x: Value, count: 2): [Value, Value];
function rows(graph: GraphBuilder, x: Value, count: 3): [Value, Value, Value];
function rows(graph: GraphBuilder, x: Value, count: number): Value[] {
  const row = { type: x.type, shape: [1, ...x.shape.slice(1)] };
  return graph.nodes('Split', [x], new Array<typeof row>(count).fill(row), {
    attributes: { axis: int(0), num_outputs: int(count) },
  });
}
