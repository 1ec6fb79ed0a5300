/**
 * Models that a person can begin with, each with all that belongs to it. Sizes are those of the files that are read, in 16 bits
 * where a repository has them so; what a load really costs is read from the files and asked about before it begins.
 *
 * Sources. Stable Diffusion 1.5: its repository's file list, UNet 1.72 GB, text encoder 246 MB, the decoder's half of the
 * VAE 99 MB, safety checker 608 MB; the adapter and its image encoder: known-adapters.ts. BK-SDM-Small (Kim et al. 2023, arXiv 2305.15798): its repository's file list, UNet
 * 965 MB, the other parts as above. Memory is what the plan predicts at 512 × 512 (docs/starter-kits.test.ts computes it).
 */
import type { ModelChoice } from '../choice/model-choice.ts';
import { adapterLicence, adapterSource, lookEncoderBytes, plusAdapter } from '../known/known-adapters.ts';
import { hubEndpoint, isSameSource, suggestedRepo, type LastingSource } from '../sources/sources.ts';

interface Licence {
  readonly name: string;
  readonly page: string;
}

export interface StarterKit {
  readonly name: string;
  /** What it is good at, and what it is not, in a sentence or two. */
  readonly goodAt: string;
  /** What is chosen with it; all else stays as the person chose it. */
  readonly parts: { readonly source: LastingSource } & Partial<Pick<ModelChoice, 'ipAdapter' | 'lookImageEncoder'>>;
  /** Bytes that are downloaded once; 0 where it comes with the page. */
  readonly downloadBytes: number;
  /** Bytes of graphics memory in 16 bits, from the plan that takes least to the one that is fastest; null where any machine has it. */
  readonly memory: { readonly least: number; readonly most: number } | null;
  readonly licences: readonly Licence[];
}

const openRail: Licence = {
  name: 'CreativeML OpenRAIL-M',
  page: 'https://huggingface.co/spaces/CompVis/stable-diffusion-license',
};

const onHub = (repo: string): LastingSource => ({ kind: 'hub', repo, revision: 'main', endpoint: hubEndpoint });

export const starterKits: readonly StarterKit[] = [
  {
    name: 'Picture book',
    goodAt: 'Seconds to the first picture. It keeps the subject that you pin, in a small drawn world of its own.',
    parts: { source: { kind: 'embedded' } },
    downloadBytes: 0,
    memory: null,
    licences: [{ name: 'MIT', page: 'https://opensource.org/license/mit' }],
  },
  {
    name: 'Photos',
    goodAt:
      'Photos and paintings of your own subject: Stable Diffusion 1.5, with IP-Adapter Plus for the look of what you pin.',
    parts: {
      source: onHub(suggestedRepo),
      ipAdapter: { kind: 'from', source: adapterSource, path: plusAdapter.path },
      lookImageEncoder: null,
    },
    downloadBytes: 2.67e9 + plusAdapter.size + lookEncoderBytes,
    memory: { least: 2.08e9, most: 5.53e9 },
    licences: [openRail, adapterLicence],
  },
  {
    name: 'Small and fast',
    goodAt:
      'Photos and paintings from text, in little more than half the work of Stable Diffusion. To pin pictures, add a projector.',
    // Adapters are made for the layers that this network has not got.
    parts: { source: onHub('nota-ai/bk-sdm-small'), ipAdapter: null, lookImageEncoder: null },
    downloadBytes: 1.92e9,
    memory: { least: 1.11e9, most: 3.33e9 },
    licences: [openRail],
  },
];

/** Whether the chosen model is this kit's, with all parts that the kit names. */
export function isChosenKit(
  { parts: { source, ...others } }: StarterKit,
  choice: Pick<ModelChoice, 'source' | keyof typeof others>,
): boolean {
  return (
    isSameSource(source, choice.source) &&
    looks.every((part) => !(part in others) || JSON.stringify(others[part]) === JSON.stringify(choice[part]))
  );
}

const looks = ['ipAdapter', 'lookImageEncoder'] as const;
