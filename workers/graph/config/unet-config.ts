import { z } from 'zod';

import { layerCount, parseConfig, size } from './parse-config.ts';

const perBlock = z.union([size, z.array(size).min(1)]);
const layersPerBlock = z.union([layerCount, z.array(layerCount).min(1)]);

/** Keys of UNet2DConditionModel that change the network, with the values that keep it the network built here. */
const fixed = {
  _class_name: z.literal('UNet2DConditionModel').optional(),
  out_channels: z.literal(4).default(4),
  center_input_sample: z.literal(false).optional(),
  downsample_padding: z.literal(1).optional(),
  mid_block_scale_factor: z.literal(1).optional(),
  act_fn: z.literal(['silu', 'swish']).optional(),
  encoder_hid_dim: z.null().optional(),
  encoder_hid_dim_type: z.null().optional(),
  reverse_transformer_layers_per_block: z.null().optional(),
  dual_cross_attention: z.literal(false).optional(),
  class_embed_type: z.null().optional(),
  class_embeddings_concat: z.literal(false).optional(),
  num_class_embeds: z.null().optional(),
  addition_embed_type: z.null().optional(),
  resnet_time_scale_shift: z.literal('default').optional(),
  resnet_skip_time_act: z.literal(false).optional(),
  resnet_out_scale_factor: z.literal(1).optional(),
  time_embedding_type: z.literal('positional').optional(),
  time_embedding_dim: z.null().optional(),
  time_embedding_act_fn: z.null().optional(),
  timestep_post_act: z.null().optional(),
  conv_in_kernel: z.literal(3).optional(),
  conv_out_kernel: z.literal(3).optional(),
  attention_type: z.literal('default').optional(),
  cross_attention_norm: z.null().optional(),
};

/** Keys that the builder follows, with the defaults of diffusers. */
const followed = {
  /** 9 for a network that is told which part it fills in: latents, mask, latents of what is around it. */
  in_channels: z.literal([4, 9]).default(4),
  sample_size: z
    .union([size, z.tuple([size, size])])
    .nullable()
    .default(null),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.number().default(0),
  down_block_types: z
    .array(z.literal(['CrossAttnDownBlock2D', 'DownBlock2D']))
    .min(1)
    .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
  up_block_types: z
    .array(z.literal(['UpBlock2D', 'CrossAttnUpBlock2D']))
    .min(1)
    .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D']),
  block_out_channels: z.array(size).min(1).default([320, 640, 1280, 1280]),
  layers_per_block: layersPerBlock.default(2),
  norm_num_groups: size.default(32),
  norm_eps: z.number().positive().default(1e-5),
  cross_attention_dim: perBlock.default(1280),
  transformer_layers_per_block: layersPerBlock.default(1),
  /** The number of heads, in spite of its name. */
  attention_head_dim: perBlock.default(8),
  /** What newer configs call the number of heads; it wins where it is given. */
  num_attention_heads: perBlock.nullable().default(null),
  /** null for a network without a middle, as distilled ones have it. */
  mid_block_type: z
    .literal(['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D'])
    .nullable()
    .default('UNetMidBlock2DCrossAttn'),
  /** True where the first attention of a block's transformers attends to the text too, and not to the map itself. */
  only_cross_attention: z.union([z.boolean(), z.array(z.boolean()).min(1)]).default(false),
  use_linear_projection: z.boolean().default(false),
  /** Width of the guidance scale's embedding in networks that were distilled to read it (LCM); null elsewhere. */
  time_cond_proj_dim: size.nullable().default(null),
};

const listKeys = [
  'down_block_types',
  'up_block_types',
  'layers_per_block',
  'cross_attention_dim',
  'transformer_layers_per_block',
  'attention_head_dim',
  'num_attention_heads',
  'only_cross_attention',
] as const;

const schema = z
  .object({ ...fixed, ...followed })
  .superRefine((config, context) => {
    const blocks = config.block_out_channels.length;
    for (const key of listKeys) {
      const value = config[key];
      if (Array.isArray(value) && value.length !== blocks) {
        context.addIssue({ code: 'custom', path: [key], message: `block_out_channels asks for ${blocks} entries` });
      }
    }
    for (const [block, channels] of config.block_out_channels.entries()) {
      const perBlockHeads = config.num_attention_heads ?? config.attention_head_dim;
      const heads = Array.isArray(perBlockHeads) ? (perBlockHeads[block] ?? 1) : perBlockHeads;
      for (const [key, divisor] of [
        ['norm_num_groups', config.norm_num_groups],
        [config.num_attention_heads === null ? 'attention_head_dim' : 'num_attention_heads', heads],
      ] as const) {
        if (channels % divisor !== 0)
          context.addIssue({
            code: 'custom',
            path: [key],
            message: `${channels} channels do not divide by ${divisor}`,
          });
      }
    }
  })
  .transform((config) => {
    const blocks = config.block_out_channels.length;
    const spread = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : new Array<T>(blocks).fill(value));
    return {
      ...config,
      layers_per_block: spread(config.layers_per_block),
      cross_attention_dim: spread(config.cross_attention_dim),
      transformer_layers_per_block: spread(config.transformer_layers_per_block),
      attention_head_dim: spread(config.num_attention_heads ?? config.attention_head_dim),
      only_cross_attention: spread(config.only_cross_attention),
    };
  });

/** The config of a UNet2DConditionModel in diffusers' own keys; what may be a number or a list is a list here. */
export type UNetConfig = z.output<typeof schema>;

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseUNetConfig(config: unknown): UNetConfig {
  return parseConfig(schema, config, 'unet/config.json');
}

/** What one block of the UNet is made of. */
export interface BlockConfig {
  readonly hasCrossAttention: boolean;
  /** True where the first attention of its transformers attends to the text too. */
  readonly onlyCrossAttention: boolean;
  readonly channels: number;
  readonly layers: number;
  readonly transformerLayers: number;
  readonly heads: number;
  readonly crossAttentionDim: number;
}

function blockConfigs(
  config: UNetConfig,
  types: readonly string[],
  order: readonly number[],
  extraLayers: number,
): BlockConfig[] {
  return order.map((index, position) => ({
    hasCrossAttention: types[position]?.startsWith('CrossAttn') === true,
    onlyCrossAttention: at(config.only_cross_attention, index),
    channels: at(config.block_out_channels, index),
    layers: at(config.layers_per_block, index) + extraLayers,
    transformerLayers: at(config.transformer_layers_per_block, index),
    heads: at(config.attention_head_dim, index),
    crossAttentionDim: at(config.cross_attention_dim, index),
  }));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values.at(index);
  if (value === undefined) throw new RangeError(`No entry ${index} in [${values.join(', ')}].`);
  return value;
}

export function downBlockConfigs(config: UNetConfig): BlockConfig[] {
  return blockConfigs(config, config.down_block_types, [...config.block_out_channels.keys()], 0);
}

/**
 * The mid block is sized as the last down block; diffusers builds it with a self-attention, whatever
 * mid_block_only_cross_attention says. @returns null where the network has none
 */
export function midBlockConfig(config: UNetConfig): BlockConfig | null {
  const { mid_block_type: type } = config;
  const [mid] = type === null ? [] : blockConfigs(config, [type], [-1], 0);
  if (mid === undefined) return null;
  return { ...mid, hasCrossAttention: type === 'UNetMidBlock2DCrossAttn', onlyCrossAttention: false };
}

/** Up blocks mirror the down blocks and have one layer more. */
export function upBlockConfigs(config: UNetConfig): BlockConfig[] {
  return blockConfigs(config, config.up_block_types, [...config.block_out_channels.keys()].reverse(), 1);
}

/** A block under the path of its module, and how many resnets and transformers it has. */
interface PlacedBlock {
  readonly path: string;
  readonly block: BlockConfig;
  readonly resnets: number;
  readonly attentions: number;
}

/** Every block in the order of computation. */
export function placedBlocks(config: UNetConfig): PlacedBlock[] {
  const place = (name: string) => (block: BlockConfig, index: number) => ({
    path: `${name}.${index}`,
    block,
    resnets: block.layers,
    attentions: block.hasCrossAttention ? block.layers : 0,
  });
  const mid = midBlockConfig(config);
  const attentions = mid?.hasCrossAttention === true ? 1 : 0;
  return [
    ...downBlockConfigs(config).map(place('down_blocks')),
    ...(mid === null ? [] : [{ path: 'mid_block', block: mid, resnets: 1 + attentions, attentions }]),
    ...upBlockConfigs(config).map(place('up_blocks')),
  ];
}
