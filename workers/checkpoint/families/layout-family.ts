import { z } from 'zod';

import { families, otherFamily, tasks } from './model-families.ts';

/** Pipelines of diffusers whose networks are other ones. Inpainting and pix2pix have SD 1.x's, told by its channels. */
const pipelines: readonly (readonly [RegExp, string])[] = [
  [/^StableDiffusionXL/, families.xl],
  [/^StableDiffusion3/, families.three],
  [/^Flux/, families.flux],
];

/** Width of the text encoder's states that a UNet reads. */
const widths: ReadonlyMap<number, string> = new Map([
  [1024, families.two],
  [2048, families.xl],
]);

const indexSchema = z.looseObject({ _class_name: z.string().catch('') }).catch({ _class_name: '' });
const number = z.number().nullable().catch(null);
const unetSchema = z
  .looseObject({
    in_channels: number,
    cross_attention_dim: z
      .union([z.number(), z.array(z.number()).transform(([first]) => first ?? null)])
      .nullable()
      .catch(null),
    addition_embed_type: z.unknown().optional(),
    class_embed_type: z.unknown().optional(),
    num_class_embeds: z.unknown().optional(),
  })
  .nullable()
  .catch(null);

/**
 * Passes Stable Diffusion 1.x in diffusers layout, and what is none of the families that have a name.
 * @param modelIndex what model_index.json holds, null where there is none
 * @param unet what unet/config.json holds, null where there is none
 * @throws PinwordError 'unsupported-config' naming what the checkpoint is instead
 */
export function refuseOtherLayoutFamilies(modelIndex: unknown, unet: unknown, name: string): void {
  const { _class_name: pipeline } = indexSchema.parse(modelIndex);
  const family = pipelines.find(([pattern]) => pattern.test(pipeline))?.[1] ?? familyOfUNet(unet);
  if (family !== undefined) throw otherFamily(name, family);
}

function familyOfUNet(unet: unknown): string | undefined {
  const config = unetSchema.parse(unet);
  if (config === null) return undefined;
  if (config.addition_embed_type === 'text_time') return families.xl;
  if ((config.class_embed_type ?? config.num_class_embeds ?? null) !== null) return families.classConditioned;
  return widths.get(config.cross_attention_dim ?? NaN) ?? tasks.get(config.in_channels ?? NaN);
}
