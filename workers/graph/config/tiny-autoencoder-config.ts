import { z } from 'zod';

import { optionalLayerCount, parseConfig, size } from './parse-config.ts';

/** Blocks of each stage, of which there may be none. */
const blockCounts = z.array(optionalLayerCount).min(1);

/**
 * The keys of AutoencoderTiny that both halves depend on. latent_magnitude and latent_shift only say how latents are put
 * into bytes, and no network reads them.
 */
const common = {
  _class_name: z.literal('AutoencoderTiny').optional(),
  act_fn: z.literal('relu').default('relu'),
  latent_channels: z.literal(4).default(4),
  scaling_factor: z.number().positive().default(1),
  shift_factor: z.literal([null, 0]).optional(),
};

const widths = z.array(size).min(1).default([64, 64, 64, 64]);

/** The keys that its decoder depends on. */
const decoderSchema = z
  .object({
    ...common,
    out_channels: z.literal(3).default(3),
    decoder_block_out_channels: widths,
    num_decoder_blocks: blockCounts.default([3, 3, 3, 1]),
    upsampling_scaling_factor: z.literal(2).default(2),
    upsample_fn: z.literal('nearest').default('nearest'),
  })
  .superRefine((config, context) => {
    checkStages(config.decoder_block_out_channels, config.num_decoder_blocks, 'decoder', context);
  });

/** The keys that its encoder depends on. */
const encoderSchema = z
  .object({
    ...common,
    in_channels: z.literal(3).default(3),
    encoder_block_out_channels: widths,
    num_encoder_blocks: blockCounts.default([1, 3, 3, 3]),
  })
  .superRefine((config, context) => {
    checkStages(config.encoder_block_out_channels, config.num_encoder_blocks, 'encoder', context);
  });

/** Each convolution between two stages has as many channels on both sides in diffusers, so all stages have the same. */
function checkStages(
  channels: readonly number[],
  blocks: readonly number[],
  half: 'decoder' | 'encoder',
  context: z.core.$RefinementCtx,
): void {
  if (blocks.length !== channels.length) {
    const message = `${half}_block_out_channels asks for ${channels.length} entries`;
    context.addIssue({ code: 'custom', path: [`num_${half}_blocks`], message });
  }
  if (new Set(channels).size > 1)
    context.addIssue({ code: 'custom', path: [`${half}_block_out_channels`], message: 'all must be the same' });
}

const advice = 'the TAESD of madebyollin/taesd';

/** The decoder's part of an AutoencoderTiny's config, in diffusers' own keys. */
export type TinyDecoderConfig = z.output<typeof decoderSchema>;
/** The encoder's part. */
export type TinyEncoderConfig = z.output<typeof encoderSchema>;

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseTinyDecoderConfig(config: unknown, path: string): TinyDecoderConfig {
  return parseConfig(decoderSchema, config, path, advice);
}

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseTinyEncoderConfig(config: unknown, path: string): TinyEncoderConfig {
  return parseConfig(encoderSchema, config, path, advice);
}
