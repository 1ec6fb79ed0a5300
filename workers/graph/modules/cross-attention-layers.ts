import { type BlockConfig, placedBlocks, type UNetConfig } from '../config/unet-config.ts';

/** One cross-attention of the UNet. */
interface CrossAttentionLayer {
  /** The path of its module. */
  readonly path: string;
  /** Names of its keys and values where they cross from one graph to another. */
  readonly key: string;
  readonly value: string;
  readonly channels: number;
  readonly heads: number;
  /** D of the hidden states [B, S, D] that it attends to. */
  readonly crossAttentionDim: number;
}

/** Every cross-attention in the order of computation. */
export function crossAttentionLayers(config: UNetConfig): CrossAttentionLayer[] {
  const modules = placedBlocks(config).flatMap(({ path, block, attentions }) =>
    attentionModules(path, block, attentions),
  );
  return modules.map(({ path, block: { channels, heads, crossAttentionDim } }, index) => ({
    path,
    key: `key_${index}`,
    value: `value_${index}`,
    channels,
    heads,
    crossAttentionDim,
  }));
}

function attentionModules(
  path: string,
  block: BlockConfig,
  attentions: number,
): { readonly path: string; readonly block: BlockConfig }[] {
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
