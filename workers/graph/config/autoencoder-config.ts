import { z } from 'zod';

import { parseConfig } from './parse-config.ts';

const size = z.int().positive();

/** The keys of AutoencoderKL that its decoder depends on. */
const schema = z
  .object({
    _class_name: z.literal('AutoencoderKL').optional(),
    latent_channels: z.literal(4).default(4),
    out_channels: z.literal(3).default(3),
    act_fn: z.literal(['silu', 'swish']).optional(),
    shift_factor: z.literal([null, 0]).optional(),
    latents_mean: z.null().optional(),
    latents_std: z.null().optional(),
    up_block_types: z.array(z.literal('UpDecoderBlock2D')).min(1).default(['UpDecoderBlock2D']),
    block_out_channels: z.array(size).min(1).default([64]),
    layers_per_block: size.default(1),
    norm_num_groups: size.default(32),
    scaling_factor: z.number().positive().default(0.18215),
    use_post_quant_conv: z.boolean().default(true),
    mid_block_add_attention: z.boolean().default(true),
  })
  .superRefine((config, context) => {
    if (config.up_block_types.length !== config.block_out_channels.length) {
      context.addIssue({
        code: 'custom',
        path: ['up_block_types'],
        message: `block_out_channels asks for ${config.block_out_channels.length} entries`,
      });
    }
    const odd = config.block_out_channels.find((channels) => channels % config.norm_num_groups !== 0);
    if (odd !== undefined) {
      context.addIssue({ code: 'custom', path: ['norm_num_groups'], message: `${odd} channels do not divide by it` });
    }
  });

/** The config of an AutoencoderKL in diffusers' own keys. */
export type AutoencoderConfig = z.output<typeof schema>;

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseAutoencoderConfig(config: unknown): AutoencoderConfig {
  return parseConfig(schema, config, 'vae/config.json');
}
