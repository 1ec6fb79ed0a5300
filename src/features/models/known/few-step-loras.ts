/**
 * Published LoRA files that distil Stable Diffusion 1.5 to a few steps: what "Fast" fetches, and what a run with them
 * is set to. Sizes and licences are those of their repositories.
 */
import type { SchedulerName } from '../../../../workers/api.ts';
import { hubEndpoint } from '../sources/sources.ts';

export interface FewStepLora {
  readonly name: string;
  readonly licence: string;
  /** Bytes of the download. */
  readonly size: number;
  readonly file: {
    readonly endpoint: string;
    readonly repo: string;
    readonly revision: string;
    readonly path: string;
  };
  /** What it is called among the LoRA files: those of the repositories share one name. */
  readonly fileName: string;
  readonly page: string;
  readonly settings: {
    readonly scheduler: SchedulerName;
    readonly steps: number;
    readonly guidanceScale: number;
    readonly eta: number;
  };
}

function onHub(repo: string): Pick<FewStepLora, 'file' | 'page'> {
  const path = 'pytorch_lora_weights.safetensors';
  return { file: { endpoint: hubEndpoint, repo, revision: 'main', path }, page: `${hubEndpoint}/${repo}` };
}

/** The one that is offered first stands first. */
export const fewStepLoras: readonly FewStepLora[] = [
  {
    // Zheng et al. 2024, arXiv 2402.19159: without guidance, with a little fresh noise.
    name: 'TCD',
    licence: 'MIT',
    size: 135e6,
    ...onHub('h1t/TCD-SD15-LoRA'),
    fileName: 'TCD-SD15-LoRA.safetensors',
    settings: { scheduler: 'tcd', steps: 6, guidanceScale: 1, eta: 0.3 },
  },
  {
    // Luo et al. 2023, arXiv 2311.05556: guidance of 1 to 2.
    name: 'LCM',
    licence: 'OpenRAIL++',
    size: 135e6,
    ...onHub('latent-consistency/lcm-lora-sdv1-5'),
    fileName: 'lcm-lora-sdv1-5.safetensors',
    settings: { scheduler: 'lcm', steps: 6, guidanceScale: 1.5, eta: 0 },
  },
];
