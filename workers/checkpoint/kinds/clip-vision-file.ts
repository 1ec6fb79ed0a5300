import type { TensorTable } from '../tensors/tensor-table.ts';

/** Heads of the towers whose head size is not 64: OpenCLIP's ViT-H/14, g/14 and bigG/14. They were trained with the exact GELU. */
const openClipHeads: ReadonlyMap<number, number> = new Map([
  [1280, 16],
  [1408, 16],
  [1664, 16],
]);
const usualHeadSize = 64;

/**
 * The config.json, in transformers' keys, that a file of weights of a CLIPVisionModelWithProjection goes with, from its
 * shapes. What shapes do not tell is as in the published towers of this width.
 * @returns null where the file holds no such tower, or one whose heads are not known
 */
export function clipVisionConfigOf(table: TensorTable): Readonly<Record<string, unknown>> | null {
  const size = (name: string, axis: number): number | undefined => table.get(`vision_model.${name}`)?.shape[axis];
  const width = size('embeddings.patch_embedding.weight', 0);
  const patch = size('embeddings.patch_embedding.weight', 2);
  const positions = size('embeddings.position_embedding.weight', 0);
  const intermediate = size('encoder.layers.0.mlp.fc1.weight', 0);
  if (width === undefined || patch === undefined || positions === undefined || intermediate === undefined) return null;
  const grid = Math.sqrt(positions - 1);
  const heads = openClipHeads.get(width) ?? width / usualHeadSize;
  if (!Number.isInteger(grid) || !Number.isInteger(heads)) return null;
  let layers = 0;
  while (table.has(`vision_model.encoder.layers.${layers}.mlp.fc1.weight`)) layers += 1;
  const projection = table.get('visual_projection.weight')?.shape[0];
  return {
    hidden_size: width,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    image_size: grid * patch,
    patch_size: patch,
    hidden_act: openClipHeads.has(width) ? 'gelu' : 'quick_gelu',
    // A tower that is read before its last layer may come without.
    ...(projection === undefined ? {} : { projection_dim: projection }),
  };
}
