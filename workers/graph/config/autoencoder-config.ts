import { z } from 'zod';

import { layerCount, parseConfig, size } from './parse-config.ts';

/** The keys of AutoencoderKL that both halves depend on. */
const common = {
  norm_num_groups: size.default(32),
  block_out_channels: z.array(size).min(1).default([64]),
  layers_per_block: layerCount.default(1),
  latent_channels: z.literal(4).default(4),
  act_fn: z.literal(['silu', 'swish']).optional(),
  shift_factor: z.literal([null, 0]).optional(),
  latents_mean: z.null().optional(),
  latents_std: z.null().optional(),
  scaling_factor: z.number().positive().default(0.18215),
  mid_block_add_attention: z.boolean().default(true),
};

/** The keys that its decoder depends on. */
const decoderSchema = z
  .object({
    ...common,
    _class_name: z.literal('AutoencoderKL').optional(),
    out_channels: z.literal(3).default(3),
    up_block_types: z.array(z.literal('UpDecoderBlock2D')).min(1).default(['UpDecoderBlock2D']),
    use_post_quant_conv: z.boolean().default(true),
  })
  .superRefine((config, context) => {
    checkBlocks(config, config.up_block_types, 'up_block_types', context);
  });

/** The keys that its encoder depends on. */
const encoderSchema = z
  .object({
    ...common,
    in_channels: z.literal(3).default(3),
    down_block_types: z.array(z.literal('DownEncoderBlock2D')).min(1).default(['DownEncoderBlock2D']),
    use_quant_conv: z.boolean().default(true),
  })
  .superRefine((config, context) => {
    checkBlocks(config, config.down_block_types, 'down_block_types', context);
  });

function checkBlocks(
  config: { readonly block_out_channels: readonly number[]; readonly norm_num_groups: number },
  types: readonly string[],
  key: string,
  context: z.core.$RefinementCtx,
): void {
  const { block_out_channels: blocks, norm_num_groups: groups } = config;
  if (types.length !== blocks.length) {
    const message = `block_out_channels asks for ${blocks.length} entries`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
  const odd = blocks.find((channels) => channels % groups !== 0);
  if (odd !== undefined) {
    context.addIssue({ code: 'custom', path: ['norm_num_groups'], message: `${odd} channels do not divide by it` });
  }
}

/** The decoder's part of an AutoencoderKL's config, in diffusers' own keys. */
export type AutoencoderConfig = z.output<typeof decoderSchema>;
/** The encoder's part. */
export type AutoencoderEncoderConfig = z.output<typeof encoderSchema>;

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseAutoencoderConfig(config: unknown): AutoencoderConfig {
  return parseConfig(decoderSchema, config, 'vae/config.json');
}

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseAutoencoderEncoderConfig(config: unknown): AutoencoderEncoderConfig {
  return parseConfig(encoderSchema, config, 'vae/config.json');
}
