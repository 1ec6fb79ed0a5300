import { extentOf, rename } from './ldm-names.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** Width of one attention head in every CLIP text encoder. */
const headWidth = 64;

/** Position ids are the numbers 0 … 76, stored by old transformers; the rest belongs to a whole CLIP model, not to SD 1.x. */
const beside = /(^|\.)position_ids$|^text_projection\.|^logit_scale$/;

/** A CLIP text encoder (prefix removed) under the names of the published one, `text_model.…`, with its config. */
export function readLdmTextEncoder(table: TensorTable, fileName: string): SingleFileComponent {
  const used = [...table].filter(([name]) => !beside.test(name));
  return {
    table: rename(new Map(used), (name) => `text_model.${name}`, fileName),
    config: textConfig(table, fileName),
  };
}

function textConfig(table: TensorTable, fileName: string): ConfigJson {
  const hiddenSize = extentOf(table, 'embeddings.token_embedding.weight', 1, fileName);
  let layers = 0;
  while (table.has(`encoder.layers.${layers}.layer_norm1.weight`)) layers++;
  return {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: extentOf(table, 'embeddings.token_embedding.weight', 0, fileName),
    max_position_embeddings: extentOf(table, 'embeddings.position_embedding.weight', 0, fileName),
    hidden_size: hiddenSize,
    intermediate_size: extentOf(table, 'encoder.layers.0.mlp.fc1.weight', 0, fileName),
    num_hidden_layers: layers,
    num_attention_heads: Math.max(1, Math.floor(hiddenSize / headWidth)),
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
    bos_token_id: 49406,
    eos_token_id: 49407,
  };
}
