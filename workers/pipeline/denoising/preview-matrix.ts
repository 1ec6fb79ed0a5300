import { z } from 'zod';

import type { PreviewMatrix } from '../../graph/graphs/fused-update.ts';

/** The well-known linear fit to SD 1.x's VAE that ComfyUI previews with, from −1…1 to 0…1. */
export const stableDiffusionPreview: PreviewMatrix = {
  matrix: [
    [0.1756, 0.1625, -0.14145, -0.106],
    [0.11485, 0.2487, 0.0881, -0.1308],
    [0.16135, 0.1175, 0.13605, -0.35885],
  ],
  bias: [0.5, 0.5, 0.5],
};

const row = z.array(z.number()).length(4);

/** preview/config.json of a checkpoint that brings its own fit. */
export const previewConfig = z.object({
  latent_channels: z.literal(4),
  matrix: z.array(row).length(3),
  bias: z.array(z.number()).length(3),
});
