import { clipEncoder } from './clip-encoder.ts';
import type { ClipTextConfig } from './config/clip-config.ts';
import { type FloatType, type GraphBuilder, int, type Value } from './graph-builder.ts';
import { layerNorm } from './ops/normalization.ts';
import { add } from './ops/tensor.ts';
import type { Parameters } from './parameters.ts';

/** Adding this to a score removes it from a softmax; the sum still fits into float16. */
const masked = -30000;

/** Tensors that a text encoder's file may hold beside it: buffers, and the rest of a whole CLIP model. */
const beside = /(^|\.)position_ids$|^(vision_model|visual_projection|text_projection)\.|^logit_scale$/;

/** transformers' CLIPTextModel: token embeddings, and the transformer P of h = P(w). */
export class ClipTextModel {
  readonly #graph: GraphBuilder;
  readonly #root: Parameters;
  readonly #parameters: Parameters;
  readonly #config: ClipTextConfig;

  constructor(graph: GraphBuilder, parameters: Parameters, config: ClipTextConfig) {
    this.#graph = graph;
    this.#root = parameters;
    // Today's transformers writes these names bare, checkpoints on the hub have them under text_model.
    this.#parameters = parameters.has('embeddings.token_embedding.weight') ? parameters : parameters.scope('text_model');
    this.#config = config;
  }

  get type(): FloatType {
    return this.#root.type;
  }

  /** [N, S] int32 → token embeddings w [N, S, D]. */
  tokenEmbeddings(inputIds: Value): Value {
    const { vocab_size, hidden_size } = this.#config;
    const table = this.#parameters.tensor('embeddings.token_embedding.weight', [vocab_size, hidden_size]);
    return this.#graph.node('Gather', [table, inputIds], { type: table.type, shape: [...inputIds.shape, hidden_size] }, { attributes: { axis: int(0) } });
  }

  /** Token embeddings [N, 77, D] → hidden states after the final layer norm [N, 77, D]. */
  hiddenStates(tokenEmbeddings: Value): Value {
    const { max_position_embeddings: length, hidden_size, layer_norm_eps } = this.#config;
    const positions = this.#parameters.tensor('embeddings.position_embedding.weight', [length, hidden_size], [1, length, hidden_size]);
    const mask = causalMask(this.#graph, length, this.#root.type);
    const hidden = clipEncoder(this.#graph, this.#parameters.scope('encoder'), add(this.#graph, tokenEmbeddings, positions), this.#config, mask);
    return layerNorm(this.#graph, this.#parameters.scope('final_layer_norm'), hidden, layer_norm_eps);
  }

  /** @throws PinwordError 'extra-tensor' */
  refuseExtra(): void {
    this.#root.refuseExtra((name) => beside.test(name));
  }
}

/** [1, 1, S, S]: position i attends to positions 0 … i. */
function causalMask(graph: GraphBuilder, length: number, type: FloatType): Value {
  const values = Array.from({ length: length * length }, (_, index) => (index % length > Math.floor(index / length) ? masked : 0));
  return graph.floats('causal_mask', values, [1, 1, length, length], type);
}
