/**
 * Published IP-Adapters for Stable Diffusion 1.5 (Ye et al. 2023, arXiv 2308.06721): sizes and licence from the page of
 * their repository.
 */
import { hubEndpoint } from '../sources/sources.ts';

const repo = 'h94/IP-Adapter';

export const adapterPage = `${hubEndpoint}/${repo}`;
export const adapterSource = { kind: 'hub', repo, revision: 'main', endpoint: hubEndpoint } as const;
export const adapterLicence = { name: 'Apache 2.0', page: adapterPage };

interface KnownAdapter {
  readonly name: string;
  /** Of the repository above. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly goodAt: string;
}

export const plusAdapter: KnownAdapter = {
  name: 'IP-Adapter Plus',
  path: 'models/ip-adapter-plus_sd15.safetensors',
  size: 98_183_288,
  goodAt: 'Keeps most of the subject: it reads patches of the picture.',
};

export const knownAdapters: readonly KnownAdapter[] = [
  plusAdapter,
  {
    name: 'IP-Adapter Plus Face',
    path: 'models/ip-adapter-plus-face_sd15.safetensors',
    size: 98_183_288,
    goodAt: 'For faces, cropped close.',
  },
  {
    name: 'IP-Adapter',
    path: 'models/ip-adapter_sd15.safetensors',
    size: 44_600_000,
    goodAt: 'Looser: the picture as a whole.',
  },
  {
    name: 'IP-Adapter Light',
    path: 'models/ip-adapter_sd15_light.safetensors',
    size: 44_600_000,
    goodAt: 'Looser still, and closer to the text.',
  },
  {
    name: 'IP-Adapter Full Face',
    path: 'models/ip-adapter-full-face_sd15.safetensors',
    size: 43_592_352,
    goodAt: 'For faces: it reads every patch by itself.',
  },
];

/**
 * Bytes of its image encoder, OpenCLIP ViT-H/14, that are read: 611 million numbers of the 632 million in the file, which has
 * them in 32 bits.
 */
export const lookEncoderBytes = 2.44e9;
