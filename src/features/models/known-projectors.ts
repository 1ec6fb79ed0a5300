/** Published projectors for CLIP ViT-L/14, which Stable Diffusion 1.x reads. They map a picture to a pseudo-word. */
export interface KnownProjector {
  readonly name: string;
  readonly licence: string;
  /** Where its host lets a page download it; else `page` is where a person can. */
  readonly file: { readonly endpoint: string; readonly repo: string; readonly revision: string; readonly path: string } | null;
  readonly page: string;
}

const repository = { endpoint: 'https://huggingface.co', repo: 'navervision/zeroshot-cir-models', revision: 'main' };

export const knownProjectors: readonly KnownProjector[] = [
  {
    name: 'LinCIR',
    licence: 'CC BY-NC 4.0: not for commercial use. 57 MB.',
    file: { ...repository, path: 'lincir_large.pt' },
    page: `${repository.endpoint}/${repository.repo}`,
  },
  {
    name: 'Pic2Word',
    licence: 'Code under Apache 2.0.',
    file: { ...repository, path: 'pic2word_large.pt' },
    page: `${repository.endpoint}/${repository.repo}`,
  },
  {
    name: 'SEARLE-XL',
    licence: 'CC BY-NC 4.0: not for commercial use. Its host does not let pages download it: fetch it there and open the file here.',
    file: null,
    page: 'https://github.com/miccunifi/SEARLE/releases',
  },
];
