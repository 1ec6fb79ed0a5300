import { z } from 'zod';

import { layerCount, parseConfig, size } from './parse-config.ts';

/** Keys that both towers share, with the defaults of transformers. */
const tower = {
  hidden_act: z.literal(['quick_gelu', 'gelu']).default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
};

function headsDivide({
  hidden_size,
  num_attention_heads,
}: {
  hidden_size: number;
  num_attention_heads: number;
}): boolean {
  return hidden_size % num_attention_heads === 0;
}

const uneven = { path: ['num_attention_heads'], message: 'hidden_size must divide by it' };

const textSchema = z
  .object({
    ...tower,
    model_type: z.literal('clip_text_model').optional(),
    vocab_size: size.default(49408),
    hidden_size: size.default(512),
    intermediate_size: size.default(2048),
    num_hidden_layers: layerCount.default(12),
    num_attention_heads: size.default(8),
    /** BOS, a token and EOS need three. */
    max_position_embeddings: size.min(3).default(77),
  })
  .refine(headsDivide, uneven);

const visionSchema = z
  .object({
    ...tower,
    model_type: z.literal('clip_vision_model').optional(),
    num_channels: z.literal(3).default(3),
    image_size: size.default(224),
    patch_size: size.default(32),
    projection_dim: size.default(512),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: layerCount.default(12),
    num_attention_heads: size.default(12),
  })
  .refine(headsDivide, uneven)
  .refine(({ image_size, patch_size }) => image_size >= patch_size, {
    path: ['patch_size'],
    message: 'it is larger than image_size',
  });

/** A CLIPConfig holds the configs of both towers. */
const pairSchema = z.looseObject({
  model_type: z.literal('clip').optional(),
  projection_dim: size.default(512),
  text_config: z.looseObject({}).nullish(),
  vision_config: z.looseObject({}).nullish(),
  text_config_dict: z.looseObject({}).nullish(),
  vision_config_dict: z.looseObject({}).nullish(),
});

/** The config of a CLIPTextModel in transformers' own keys. */
export type ClipTextConfig = z.output<typeof textSchema>;
/** The config of a CLIPVisionModelWithProjection in transformers' own keys. */
export type ClipVisionConfig = z.output<typeof visionSchema>;

/** What the layers of both towers have in common. */
export interface ClipTowerConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: 'quick_gelu' | 'gelu';
  readonly layer_norm_eps: number;
}

const has = (config: unknown, ...keys: readonly string[]): boolean =>
  typeof config === 'object' && config !== null && keys.some((key) => Object.hasOwn(config, key));

/**
 * Takes a text model's own config.json, or that of a whole CLIP model.
 * @throws PinwordError 'unsupported-config' naming the key whose value no builder knows.
 */
export function parseClipTextConfig(config: unknown, file = 'text_encoder/config.json'): ClipTextConfig {
  if (!has(config, 'text_config', 'text_config_dict')) return parseConfig(textSchema, config, file);
  const pair = parseConfig(pairSchema, config, file);
  // transformers lets the *_config_dict of old files win over *_config.
  return parseConfig(textSchema, pair.text_config_dict ?? pair.text_config ?? {}, file);
}

/**
 * Takes a vision model's own config.json, or that of a whole CLIP model or safety checker, whose own projection_dim
 * then counts.
 * @throws PinwordError 'unsupported-config' naming the key whose value no builder knows.
 */
export function parseClipVisionConfig(config: unknown, file = 'image_encoder/config.json'): ClipVisionConfig {
  if (!has(config, 'vision_config', 'vision_config_dict')) return parseConfig(visionSchema, config, file);
  const pair = parseConfig(pairSchema, config, file);
  const vision = parseConfig(visionSchema, pair.vision_config_dict ?? pair.vision_config ?? {}, file);
  return { ...vision, projection_dim: pair.projection_dim };
}
