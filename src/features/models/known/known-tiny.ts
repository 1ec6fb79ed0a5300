/** The tiny autoencoder for Stable Diffusion 1.x (TAESD): size and licence from the page of its repository. */
import { hubEndpoint } from '../sources/sources.ts';

const repo = 'madebyollin/taesd';

export const knownTiny = {
  name: 'TAESD',
  source: { kind: 'hub', repo, revision: 'main', endpoint: hubEndpoint },
  page: `${hubEndpoint}/${repo}`,
  /** Bytes, in 32 bits. */
  size: 9_793_292,
  licence: 'MIT',
} as const;
