import type { AutoencoderConfig } from '../../graph/config/autoencoder-config.ts';

/** Of the latents, in latent pixels. */
export interface LatentSize {
  readonly height: number;
  readonly width: number;
}

/** Pixels of the picture along an edge for one latent pixel: each stage of the decoder but the last doubles them. */
export function vaeScale({ block_out_channels: stages }: Pick<AutoencoderConfig, 'block_out_channels'>): number {
  return 2 ** (stages.length - 1);
}
