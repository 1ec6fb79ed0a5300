import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { HostFeed } from '../modules/conditions.ts';

interface TimeInputs {
  readonly timeEmbedding: (timestep: number) => Float32Array<ArrayBuffer>;
  /** The embedding of w, where the network was distilled to read it instead of being guided; else null. */
  readonly timestepCond: ((guidanceScale: number) => Float32Array<ArrayBuffer>) | null;
}

/** What a network reads of the time of a step, by its config. */
export function timeInputs(config: UNetConfig): TimeInputs {
  const [channels = 0] = config.block_out_channels;
  const { time_cond_proj_dim: condDim } = config;
  const sinusoid = { flipSinToCos: config.flip_sin_to_cos, frequencyShift: config.freq_shift };
  return {
    timeEmbedding: (timestep) => timestepSinusoid(timestep, channels, sinusoid),
    timestepCond: condDim === null ? null : (guidanceScale) => guidanceScaleEmbedding(guidanceScale, condDim),
  };
}

/**
 * The embedding of a guidance scale that distilled networks read beside the timestep, as diffusers'
 * get_guidance_scale_embedding makes it of w − 1.
 * @param channels even
 * @returns [1, channels] f32
 */
export function guidanceScaleEmbedding(guidanceScale: number, channels: number): Float32Array<ArrayBuffer> {
  const half = channels / 2;
  const embedding = new Float32Array(channels);
  for (let index = 0; index < half; index++) {
    const frequency = Math.fround(Math.exp((-Math.log(10000) * index) / (half - 1)));
    const angle = Math.fround((guidanceScale - 1) * 1000 * frequency);
    embedding[index] = Math.sin(angle);
    embedding[half + index] = Math.cos(angle);
  }
  return embedding;
}

/** Those of several timesteps, [T, channels]. */
export function timeEmbeddings(rows: readonly Float32Array[]): HostFeed {
  const channels = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * channels);
  for (const [index, row] of rows.entries()) values.set(row, index * channels);
  return { values, dims: [rows.length, channels] };
}

/**
 * The sinusoid that the network's time embedding starts from, as diffusers' Timesteps computes it. It is made on
 * the host because a GPU's sine is inexact for arguments near 1000.
 * @param timestep may be fractional
 * @returns [1, channels] f32
 */
export function timestepSinusoid(
  timestep: number,
  channels: number,
  { flipSinToCos, frequencyShift }: { readonly flipSinToCos: boolean; readonly frequencyShift: number },
): Float32Array<ArrayBuffer> {
  const half = channels / 2;
  const embedding = new Float32Array(channels);
  const cosine = flipSinToCos ? 0 : half;
  for (let index = 0; index < half; index++) {
    const frequency = Math.fround(Math.exp((-Math.log(10000) * index) / (half - frequencyShift)));
    const angle = Math.fround(timestep * frequency);
    embedding[cosine + index] = Math.cos(angle);
    embedding[half - cosine + index] = Math.sin(angle);
  }
  return embedding;
}
