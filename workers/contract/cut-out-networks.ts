/** The networks that cut subjects out, and what is asked of them. Part of the contract: see api.ts. */
import type { ImageSize, Region } from './caption.ts';
import type { CutOut } from './cut-out.ts';

interface Network {
  readonly name: string;
  /** Finds the subject by itself, or from points that the person sets. */
  readonly finds: 'by-itself' | 'from-points';
  /** Where the site has it, below its root; else its repository. */
  readonly from:
    | { readonly folder: string }
    | { readonly endpoint: string; readonly repo: string; readonly revision: string; readonly bytes: number };
  readonly licence: string;
  /** How transformers.js calls the precision: it is part of the names of the files. */
  readonly precision: 'fp32' | 'q8';
  readonly files: readonly string[];
}

const hub = 'https://huggingface.co';
const configs = ['config.json', 'preprocessor_config.json'] as const;

/**
 * The networks that find a subject, in the layout of transformers.js. Revisions are commits: what is stored needs no
 * network again.
 */
export const cutOutNetworks = {
  picturebook: {
    name: 'Picture book cut-out',
    finds: 'by-itself',
    from: { folder: 'models/picturebook-cutout' },
    licence: 'MIT',
    precision: 'fp32',
    files: [...configs, 'onnx/model.onnx'],
  },
  ormbg: {
    name: 'ormbg',
    finds: 'by-itself',
    from: {
      endpoint: hub,
      repo: 'onnx-community/ormbg-ONNX',
      revision: '034e2d884afbab897e10e78fc5bb566b29533fd6',
      bytes: 44_315_515,
    },
    licence: 'Apache 2.0',
    precision: 'q8',
    files: [...configs, 'onnx/model_quantized.onnx'],
  },
  slimsam: {
    name: 'SlimSAM',
    finds: 'from-points',
    from: {
      endpoint: hub,
      repo: 'Xenova/slimsam-77-uniform',
      revision: '5850ab45f587c112167512ffef949107115e26a0',
      bytes: 13_785_975,
    },
    licence: 'Apache 2.0',
    precision: 'q8',
    files: [...configs, 'onnx/vision_encoder_quantized.onnx', 'onnx/prompt_encoder_mask_decoder_quantized.onnx'],
  },
} as const satisfies Record<string, Network>;

export type CutOutNetworkId = keyof typeof cutOutNetworks;
/** A row of the table, whichever it is. */
export type CutOutNetwork = Network;

/** A place on the subject, or beside it, in pixels of the picture. */
export interface CutOutPoint {
  readonly x: number;
  readonly y: number;
  readonly isSubject: boolean;
}

export interface CutOutRequest {
  readonly image: Blob;
  /** See InspectedImage. */
  readonly hash: string;
  readonly network: CutOutNetworkId;
  /** For a network that finds from points: at least one; else none. */
  readonly points: readonly CutOutPoint[];
  /** The person has agreed to download it; without, a network that is not here is refused with 'needs-download'. */
  readonly mayDownload: boolean;
}

/** What was found. */
export interface CutOutResult extends Pick<CutOut, 'mask' | 'hash'> {
  readonly size: ImageSize;
  /** The square round the subject, with a margin. It may reach over the picture's edge. */
  readonly region: Region;
}

/** Bytes of the network that is fetched; then it looks. */
export type CutOutProgress =
  { readonly phase: 'download'; readonly bytes: number; readonly totalBytes: number } | { readonly phase: 'look' };
