import { families, otherFamily, tasks } from '../families/model-families.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** Where a single file has its UNet. */
export const unetPrefix = 'model.diffusion_model.';

/** What a file is, told by the names that only such files have. The first that fits is named. */
const marks: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  {
    what: 'a LoRA file: add it to a checkpoint as a LoRA',
    pattern: /^(lora|lycoris)_(unet|te)|\.lora_(A|B|up|down)\b|\.lora\.(up|down)\./,
  },
  { what: 'a textual-inversion embedding: add it as an embedding', pattern: /^(emb_params|clip_[lg])$/ },
  { what: families.xl, pattern: /^conditioner\.embedders\./ },
  { what: families.two, pattern: /^cond_stage_model\.model\./ },
  { what: families.three, pattern: /^(model\.diffusion_model\.)?joint_blocks\./ },
  { what: families.flux, pattern: /^(model\.diffusion_model\.)?double_blocks\./ },
  { what: 'a ControlNet', pattern: /^(control_model\.|input_hint_block\.|controlnet_)/ },
  { what: families.classConditioned, pattern: /^model\.diffusion_model\.label_emb\./ },
  {
    what: 'one part of a model: choose the folder of the whole model',
    pattern: /^(down_blocks|text_model|vision_model|encoder\.down_blocks|decoder\.up_blocks)\./,
  },
];

/**
 * Passes Stable Diffusion 1.x with LDM keys, and so what has a UNet.
 * @throws PinwordError 'unsupported-config' naming what the file is instead.
 */
export function refuseOtherFamilies(table: TensorTable, fileName: string): void {
  const names = [...table.keys()];
  const family = marks.find(({ pattern }) => names.some((name) => pattern.test(name)));
  if (family !== undefined) throw otherFamily(fileName, family.what);
  if (!names.some((name) => name.startsWith(unetPrefix)))
    throw otherFamily(fileName, 'no Stable Diffusion checkpoint at all');
  const task = tasks.get(table.get(`${unetPrefix}input_blocks.0.0.weight`)?.shape[1] ?? NaN);
  if (task !== undefined) throw otherFamily(fileName, task);
}
