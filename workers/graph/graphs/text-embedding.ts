import type { ClipTextConfig } from '../config/clip-config.ts';
import { ClipTextModel } from '../modules/clip-text-model.ts';
import { GraphBuilder, int, type KernelSet } from '../onnx/graph-builder.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';
import { linear } from '../ops/linear.ts';
import { cast, reshape } from '../ops/tensor.ts';

/** Names of the tensors that enter and leave the graph. */
export const textEmbeddingTensors = {
  tokenEmbeddings: 'token_embeddings',
  endIndex: 'end_index',
  textEmbeds: 'text_embeds',
  pooled: 'pooler_output',
} as const;

interface TextEmbeddingOptions {
  readonly kernels: KernelSet;
  /** false ends before text_projection, which a pipeline's text encoder lacks. */
  readonly projected: boolean;
}

/**
 * Builds transformers' CLIPTextModelWithProjection after its token embeddings.
 * Inputs: token_embeddings f32 [1, S, D]; end_index int32 [1], the position of the end token. Output: text_embeds f32
 * [1, P], raw (not normalized); where it is not projected, pooler_output f32 [1, D].
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildTextEmbedding(
  config: ClipTextConfig,
  weights: GraphWeights,
  { kernels, projected }: TextEmbeddingOptions,
): BuiltGraph {
  const { hidden_size: dim, max_position_embeddings: length } = config;
  const graph = new GraphBuilder('text-embedding', kernels);
  const parameters = new Parameters(graph, weights);
  const text = new ClipTextModel(graph, parameters, config);
  const tokens = graph.input(textEmbeddingTensors.tokenEmbeddings, 'float32', [1, length, dim]);
  const end = graph.input(textEmbeddingTensors.endIndex, 'int32', [1]);
  const states = text.hiddenStates(cast(graph, tokens, text.type));
  const pooled = graph.node(
    'Gather',
    [states, end],
    { type: states.type, shape: [1, 1, dim] },
    { attributes: { axis: int(1) } },
  );
  const row = reshape(graph, pooled, [1, dim]);
  if (projected) {
    const projection = parameters.scope('text_projection');
    const [width = 0] = projection.shapeOf('weight');
    const embeds = linear(graph, projection, row, width, { bias: false });
    graph.output(textEmbeddingTensors.textEmbeds, cast(graph, embeds, 'float32'));
  } else {
    graph.output(textEmbeddingTensors.pooled, cast(graph, row, 'float32'));
  }
  text.refuseExtra();
  return builtGraph(graph, parameters.used);
}
