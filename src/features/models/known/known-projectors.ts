/** Published projectors for CLIP ViT-L/14, which Stable Diffusion 1.x reads. They map a picture to a pseudo-word. */
export interface KnownProjector {
  readonly name: string;
  readonly licence: string;
  /** Of its published files, whichever way they came here. */
  readonly fileName: RegExp;
  /** Where its host lets a page download it; else `page` is where a person can. */
  readonly file: {
    readonly endpoint: string;
    readonly repo: string;
    readonly revision: string;
    readonly path: string;
  } | null;
  /** Bytes of the download. */
  readonly size: number | null;
  readonly page: string;
}

const repository = { endpoint: 'https://huggingface.co', repo: 'navervision/zeroshot-cir-models', revision: 'main' };

export const knownProjectors: readonly KnownProjector[] = [
  {
    name: 'LinCIR',
    licence: 'CC BY-NC 4.0: not for commercial use',
    fileName: /lincir/iu,
    file: { ...repository, path: 'lincir_large.pt' },
    size: 56_653_151,
    page: `${repository.endpoint}/${repository.repo}`,
  },
  {
    name: 'Pic2Word',
    licence: 'Apache 2.0 for its code',
    fileName: /pic2word/iu,
    file: { ...repository, path: 'pic2word_large.pt' },
    size: null,
    page: `${repository.endpoint}/${repository.repo}`,
  },
  {
    name: 'SEARLE-XL',
    licence: 'CC BY-NC 4.0: not for commercial use',
    fileName: /searle/iu,
    file: null,
    size: null,
    page: 'https://github.com/miccunifi/SEARLE/releases',
  },
];

/** The licence line of a projector file: by its name, because the files themselves say nothing. */
export function licenceOfProjector(fileName: string): string {
  const known = knownProjectors.find((candidate) => candidate.fileName.test(fileName));
  return known === undefined ? 'Licence not stated in the file: see where it comes from' : known.licence;
}
