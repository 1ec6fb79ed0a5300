import { downBlockConfigs, midBlockConfig, type UNetConfig, upBlockConfigs } from '../config/unet-config.ts';
import type { Grid } from './look-names.ts';

/** The grids at which a network of this size has cross-attentions, and that of its word maps. */
export interface LookGrids {
  readonly all: readonly Grid[];
  readonly wordMap: Grid;
}

/**
 * Whose map of the pinned word gates the look: that of the first cross-attention after the middle (Conceptrol:
 * up_blocks.1.attentions.0 of Stable Diffusion 1.5), else of the last before it.
 */
export function wordMapBlock(config: UNetConfig): { readonly path: string; readonly level: number } {
  const { down, mid, up } = attendingBlocks(config);
  const block = up[0] ?? mid[0] ?? down.at(-1);
  if (block === undefined) throw new RangeError('The network has no cross-attention.');
  return block;
}

/** @param latents size of the latents */
export function lookGrids(config: UNetConfig, latents: Grid): LookGrids {
  const { down, mid, up } = attendingBlocks(config);
  const levels = new Set([...down, ...mid, ...up].map(({ level }) => level));
  return {
    all: [...levels].map((level) => gridAt(latents, level)),
    wordMap: gridAt(latents, wordMapBlock(config).level),
  };
}

/** Each level halves the one before it; an odd edge keeps its last half. */
function gridAt({ height, width }: Grid, level: number): Grid {
  const scale = 2 ** level;
  return { height: Math.ceil(height / scale), width: Math.ceil(width / scale) };
}

interface AttendingBlock {
  readonly path: string;
  /** How often its map is half the latents' size. */
  readonly level: number;
}

function attendingBlocks(config: UNetConfig): Readonly<Record<'down' | 'mid' | 'up', readonly AttendingBlock[]>> {
  const last = config.block_out_channels.length - 1;
  const attending = (
    blocks: readonly { readonly hasCrossAttention: boolean }[],
    of: (index: number) => AttendingBlock,
  ) => blocks.flatMap(({ hasCrossAttention }, index) => (hasCrossAttention ? [of(index)] : []));
  const mid = midBlockConfig(config);
  return {
    down: attending(downBlockConfigs(config), (index) => ({ path: `down_blocks.${index}`, level: index })),
    mid: attending(mid === null ? [] : [mid], () => ({ path: 'mid_block', level: last })),
    up: attending(upBlockConfigs(config), (index) => ({ path: `up_blocks.${index}`, level: last - index })),
  };
}
