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

/** As vaeScale. @param blocks of each stage of one half of a tiny autoencoder */
export function tinyScale(blocks: readonly number[]): number {
  return 2 ** (blocks.length - 1);
}

/** What Stable Diffusion 1.x and 2.x scale their VAE's latents by. */
const stableDiffusion1Scaling = 0.18215;

/** Whether the latents of this VAE are those of Stable Diffusion 1.x, as far as its config tells: TAESD reads no others. */
export function isStableDiffusion1Latent({ scaling_factor: factor, ...vae }: AutoencoderConfig): boolean {
  return Math.abs(factor - stableDiffusion1Scaling) < 1e-6 && vaeScale(vae) === 8;
}
