import { type UNetConfig, upBlockConfigs } from '../config/unet-config.ts';

/** A self-attention whose queries also see a reference's keys and values. */
export interface DetailLayer {
  /** The path of its module. */
  readonly path: string;
  /** Its place among these layers. */
  readonly index: number;
  readonly channels: number;
  /** How often its map is half the latents' size. */
  readonly level: number;
}

/** How many of the last up blocks take part: layers 10 to 15 of Stable Diffusion 1.5 (FreeCustom, arXiv 2405.13870). */
const lateBlocks = 2;

/** The late self-attentions, in the order of computation; none where the network has no such block. */
export function detailLayers(config: UNetConfig): DetailLayer[] {
  const last = config.block_out_channels.length - 1;
  const late = upBlockConfigs(config)
    .flatMap((block, index) => (block.hasCrossAttention && !block.onlyCrossAttention ? [{ block, index }] : []))
    .slice(-lateBlocks);
  const paths = late.flatMap(({ block: { layers, transformerLayers, channels }, index }) =>
    Array.from({ length: layers * transformerLayers }, (_, layer) => ({
      path: `up_blocks.${index}.attentions.${Math.floor(layer / transformerLayers)}.transformer_blocks.${layer % transformerLayers}.attn1`,
      channels,
      level: last - index,
    })),
  );
  return paths.map((layer, index) => ({ ...layer, index }));
}

/**
 * Names of what a network that sees references is fed, and of the keys and values that it gives. B branches, R
 * references with n_r places each, T = h·w + Σ n_r keys, E channels that marksWidth tells.
 */
export const detailTensors = {
  /** int32 [n]: the places of the subject, where this run is over a reference. */
  places: (level: number) => `detail_places_${level}`,
  /** f32 [B, T, 1, E]: 1 where a key is of the reference of that channel. */
  marks: (level: number) => `detail_marks_${level}`,
  /** f32 [B, h·w, 1, E]: what is added to the scores of a place for the keys of the reference of that channel. */
  bias: (level: number) => `detail_bias_${level}`,
  /** int32 [E]: by whose word map the reference of a channel is bound, where it is bound. */
  subjects: 'detail_subjects',
  /** [1, n_r, C] in the compute type. */
  key: (layer: number, reference: number) => `detail_key_${layer}_${reference}`,
  value: (layer: number, reference: number) => `detail_value_${layer}_${reference}`,
  /** [B, n, C] in the compute type: what this run leaves of its own, at the places. */
  ownKey: (layer: number) => `reference_key_${layer}`,
  ownValue: (layer: number) => `reference_value_${layer}`,
} as const;

/** E: one channel for each reference, in whole vectors of four, which attention kernels read. */
export function marksWidth(references: number): number {
  return 4 * Math.ceil(references / 4);
}
