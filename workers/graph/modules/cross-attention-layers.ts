import {
  type BlockConfig,
  downBlockConfigs,
  midBlockConfig,
  type UNetConfig,
  upBlockConfigs,
} from '../config/unet-config.ts';

/** One cross-attention of the UNet. */
interface CrossAttentionLayer {
  /** The path of its module. */
  readonly path: string;
  /** Names of its keys and values where they cross from one graph to another. */
  readonly key: string;
  readonly value: string;
  readonly channels: number;
  /** D of the hidden states [B, S, D] that it attends to. */
  readonly crossAttentionDim: number;
}

/** Every cross-attention in the order of computation. */
export function crossAttentionLayers(config: UNetConfig): CrossAttentionLayer[] {
  const modules = [
    ...downBlockConfigs(config).flatMap((block, index) =>
      attentionModules(`down_blocks.${index}`, block, block.layers),
    ),
    ...attentionModules('mid_block', midBlockConfig(config), 1),
    ...upBlockConfigs(config).flatMap((block, index) => attentionModules(`up_blocks.${index}`, block, block.layers)),
  ];
  return modules.map(({ path, block }, index) => ({
    path,
    key: `key_${index}`,
    value: `value_${index}`,
    channels: block.channels,
    crossAttentionDim: block.crossAttentionDim,
  }));
}

function attentionModules(
  path: string,
  block: BlockConfig | null,
  attentions: number,
): { path: string; block: BlockConfig }[] {
  if (block?.hasCrossAttention !== true) return [];
  const names = block.onlyCrossAttention ? ['attn1', 'attn2'] : ['attn2'];
  return Array.from({ length: attentions * block.transformerLayers }, (_, index) => {
    const attention = Math.floor(index / block.transformerLayers);
    const layer = index % block.transformerLayers;
    return names.map((name) => ({
      path: `${path}.attentions.${attention}.transformer_blocks.${layer}.${name}`,
      block,
    }));
  }).flat();
}
