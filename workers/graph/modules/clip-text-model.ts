import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { clipEncoder } from './clip-encoder.ts';
import type { ClipTextConfig } from '../config/clip-config.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { layerNorm } from '../ops/normalization.ts';
import { add } from '../ops/tensor.ts';
import type { Parameters } from '../onnx/parameters.ts';
import type { ComputeType } from '../../contract/memory.ts';

/** Adding this to a score removes it from a softmax; the sum still fits into float16. */
const masked = -30000;

/** Tensors that a text encoder's file may hold beside it: buffers, and the rest of a whole CLIP model. */
const beside = /(^|\.)position_ids$|^(vision_model|visual_projection|text_projection)\.|^logit_scale$/;

const embedding = 'embeddings.token_embedding.weight';
/** Checkpoints on the hub have all names under it; today's transformers writes them bare. */
const published = 'text_model';

/** The name of the tensor [vocabulary, D] that token embeddings are rows of. */
export function tokenEmbeddingName(table: TensorTable): string {
  return table.has(embedding) ? embedding : `${published}.${embedding}`;
}

/** transformers' CLIPTextModel after its token embeddings: the transformer P of h = P(w). */
export class ClipTextModel {
  readonly #graph: GraphBuilder;
  readonly #root: Parameters;
  readonly #parameters: Parameters;
  readonly #config: ClipTextConfig;
  readonly #layers: number;

  /** @param clipSkip from how many layers before the end the hidden states are taken, counting from 1: the last one */
  constructor(graph: GraphBuilder, parameters: Parameters, config: ClipTextConfig, clipSkip = 1) {
    this.#layers = config.num_hidden_layers - (clipSkip - 1);
    this.#graph = graph;
    this.#root = parameters;
    this.#parameters = parameters.has(embedding) ? parameters : parameters.scope(published);
    this.#config = config;
    this.#parameters.readByHost(embedding, [config.vocab_size, config.hidden_size]);
  }

  get type(): ComputeType {
    return this.#root.type;
  }

  /** Token embeddings [N, S, D] → hidden states after the final layer norm, which skipped layers leave where it is [N, S, D]. */
  hiddenStates(tokenEmbeddings: Value): Value {
    const { max_position_embeddings: length, hidden_size, layer_norm_eps } = this.#config;
    const positions = this.#parameters.tensor(
      'embeddings.position_embedding.weight',
      [length, hidden_size],
      [1, length, hidden_size],
    );
    const mask = causalMask(this.#graph, length, this.#root.type);
    const hidden = clipEncoder(
      this.#graph,
      this.#parameters.scope('encoder'),
      add(this.#graph, tokenEmbeddings, positions),
      { ...this.#config, num_hidden_layers: this.#layers },
      mask,
    );
    return layerNorm(this.#graph, this.#parameters.scope('final_layer_norm'), hidden, layer_norm_eps);
  }

  /** @throws PinwordError 'extra-tensor' */
  refuseExtra(): void {
    this.#root.refuseExtra((name) => beside.test(name) || this.#isSkipped(name));
  }

  #isSkipped(name: string): boolean {
    const layer = Number(/(?:^|\.)encoder\.layers\.(\d+)\./.exec(name)?.[1]);
    return layer >= this.#layers && layer < this.#config.num_hidden_layers;
  }
}

/** [1, 1, S, S]: position i attends to positions 0 … i. */
function causalMask(graph: GraphBuilder, length: number, type: ComputeType): Value {
  const values = Array.from({ length: length * length }, (_, index) =>
    index % length > Math.floor(index / length) ? masked : 0,
  );
  return graph.floats('causal_mask', values, [1, 1, length, length], type);
}
