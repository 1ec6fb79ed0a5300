import {
  type BlockConfig,
  downBlockConfigs,
  midBlockConfig,
  type UNetConfig,
  upBlockConfigs,
} from '../config/unet-config.ts';

/** A cross-attention beside which an IP-Adapter has keys and values of its own. */
interface AdaptedLayer {
  /** The path of its module, as in crossAttentionLayers. */
  readonly path: string;
  /** Its number in the adapter's names: `ip_adapter.{index}.to_k_ip.weight`. */
  readonly index: number;
  readonly channels: number;
  readonly heads: number;
  /** D of the tokens that it attends to. */
  readonly crossAttentionDim: number;
}

/**
 * The layers that an IP-Adapter of this network has, in its own order: that in which diffusers registers attention
 * processors (down, up, then mid), of which every second one is a cross-attention.
 */
export function ipAdapterLayers(config: UNetConfig): AdaptedLayer[] {
  const blocks: readonly (readonly [string, BlockConfig | null, number])[] = [
    ...downBlockConfigs(config).map((block, i) => [`down_blocks.${i}`, block, block.layers] as const),
    ...upBlockConfigs(config).map((block, i) => [`up_blocks.${i}`, block, block.layers] as const),
    ['mid_block', midBlockConfig(config), 1],
  ];
  return blocks
    .flatMap(([path, block, attentions]) => (block?.hasCrossAttention === true ? pathsOf(path, block, attentions) : []))
    .map(({ path, block }, position) => ({
      path,
      index: 2 * position + 1,
      channels: block.channels,
      heads: block.heads,
      crossAttentionDim: block.crossAttentionDim,
    }));
}

function pathsOf(path: string, block: BlockConfig, attentions: number): { path: string; block: BlockConfig }[] {
  return Array.from({ length: attentions * block.transformerLayers }, (_, index) => {
    const attention = Math.floor(index / block.transformerLayers);
    const layer = index % block.transformerLayers;
    return { path: `${path}.attentions.${attention}.transformer_blocks.${layer}.attn2`, block };
  });
}
