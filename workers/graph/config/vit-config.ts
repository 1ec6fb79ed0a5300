import { z } from 'zod';

import { layerCount, parseConfig, size } from './parse-config.ts';

const schema = z
  .object({
    model_type: z.literal('vit').optional(),
    hidden_act: z.literal(['gelu', 'quick_gelu']).default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-12),
    num_channels: z.literal(3).default(3),
    image_size: size.default(224),
    patch_size: size.default(16),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: layerCount.default(12),
    num_attention_heads: size.default(12),
    qkv_bias: z.boolean().default(true),
  })
  .refine(({ hidden_size, num_attention_heads }) => hidden_size % num_attention_heads === 0, {
    path: ['num_attention_heads'],
    message: 'hidden_size must divide by it',
  });

/** The config of a ViTModel in transformers' own keys. */
export type VitConfig = z.output<typeof schema>;

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseVitConfig(config: unknown, file = 'config.json'): VitConfig {
  return parseConfig(schema, config, file);
}
