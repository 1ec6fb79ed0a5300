/** What CLIP ViT-L/14, whose encoders Stable Diffusion 1.x has, brings captions with to where pictures are. */
import { hubEndpoint } from '../sources/sources.ts';

const repo = 'openai/clip-vit-large-patch14';

export const knownTextProjection = {
  /** The repository's file has the whole model; this tensor alone is fetched. */
  file: {
    endpoint: hubEndpoint,
    repo,
    revision: 'main',
    path: 'model.safetensors',
    tensor: 'text_projection.weight',
  },
  /** Bytes: 768 × 768 numbers in 32 bits. */
  size: 4 * 768 * 768,
  page: `${hubEndpoint}/${repo}`,
} as const;
