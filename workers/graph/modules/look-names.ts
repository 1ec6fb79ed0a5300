import type { UNetConfig } from '../config/unet-config.ts';
import { ipAdapterLayers } from './ip-adapter-layers.ts';

/** Names of what a network with a look is fed. S subjects, B branches, T tokens. */
export const lookTensors = {
  /** f32 [1, S, 1]: zeros that spread a branch over the subjects. */
  subjectZeros: 'look_subject_zeros',
  /** f32 [B·S, 1, 1, T]: 0, and −10⁴ where a subject has fewer tokens than others. */
  padding: 'look_padding',
  /** f32 [B, S, Σ h·w]: how strongly each subject speaks at each place of each grid, in the order of lookGrids. */
  gates: 'look_gates',
} as const;

/** A feature map's size. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** How many subjects a network is made for, with a look or with words to find: one needs fewer operators. */
export type Subjects = 'one' | 'several';

/** A cross-attention beside which a look stands. */
export interface LookLayer {
  /** The path of its module, as in crossAttentionLayers. */
  readonly path: string;
  /** Its number in an adapter's names. */
  readonly index: number;
  /** Names of its keys and values where they cross from one graph to another: [B·S, heads, T, C / heads]. */
  readonly key: string;
  readonly value: string;
  readonly channels: number;
  readonly heads: number;
}

/** Every one, in the order of adapter files. */
export function lookLayers(config: UNetConfig): LookLayer[] {
  return ipAdapterLayers(config).map(({ path, index, channels, heads }) => ({
    path,
    index,
    channels,
    heads,
    key: `look_key_${index}`,
    value: `look_value_${index}`,
  }));
}
