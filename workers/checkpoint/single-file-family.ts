import { PinwordError } from '../errors.ts';
import type { TensorTable } from './tensor-table.ts';

const unetPrefix = 'model.diffusion_model.';

/** What a file is, told by the names that only such files have. The first that fits is named. */
const families: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a LoRA file: add it to a checkpoint as a LoRA', pattern: /^(lora|lycoris)_(unet|te)|\.lora_(A|B|up|down)\b|\.lora\.(up|down)\./ },
  { what: 'a textual-inversion embedding: add it as an embedding', pattern: /^(emb_params|clip_[lg])$/ },
  { what: 'Stable Diffusion XL', pattern: /^conditioner\.embedders\./ },
  { what: 'Stable Diffusion 2.x', pattern: /^cond_stage_model\.model\./ },
  { what: 'Stable Diffusion 3', pattern: /^(model\.diffusion_model\.)?joint_blocks\./ },
  { what: 'Flux', pattern: /^(model\.diffusion_model\.)?double_blocks\./ },
  { what: 'a ControlNet', pattern: /^(control_model\.|input_hint_block\.|controlnet_)/ },
  { what: 'a class-conditioned UNet (an upscaler, or unCLIP)', pattern: /^model\.diffusion_model\.label_emb\./ },
  { what: 'a single component in diffusers layout: choose the folder of the whole model', pattern: /^(down_blocks|text_model|vision_model|encoder\.down_blocks|decoder\.up_blocks)\./ },
];

/** Input channels of the UNet's first convolution, where they tell another task. */
const tasks: ReadonlyMap<number, string> = new Map([
  [5, 'a depth-guided checkpoint'],
  [7, 'an upscaler'],
  [8, 'an InstructPix2Pix checkpoint'],
  [9, 'an inpainting checkpoint'],
]);

/**
 * Passes Stable Diffusion 1.x with LDM keys.
 * @throws PinwordError 'unsupported-config' naming what the file is instead.
 */
export function refuseOtherFamilies(table: TensorTable, fileName: string): void {
  const names = [...table.keys()];
  const family = families.find(({ pattern }) => names.some((name) => pattern.test(name)));
  if (family !== undefined) throw refusal(fileName, family.what);
  if (!names.some((name) => name.startsWith(unetPrefix))) throw refusal(fileName, 'no Stable Diffusion checkpoint at all');
  const inputChannels = table.get(`${unetPrefix}input_blocks.0.0.weight`)?.shape[1];
  const task = inputChannels === undefined ? undefined : tasks.get(inputChannels);
  if (task !== undefined) throw refusal(fileName, task);
}

function refusal(fileName: string, what: string): PinwordError {
  return new PinwordError('unsupported-config', `"${fileName}" is ${what}. Choose a Stable Diffusion 1.x text-to-image checkpoint.`);
}
