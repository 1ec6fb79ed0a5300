import { precisions, type MemoryLevels } from '../../api.ts';

/** What a model needs, from its configs and headers, before anything is loaded. */
export interface MemoryNeeds {
  /** Numbers (not bytes) of weights in each part. */
  readonly weights: { readonly unet: number; readonly vae: number; readonly encoders: number };
  /** Those of the shallow network: it is a second session, and has its own copy on the GPU. */
  readonly shallowWeights: number;
  /** Whether steps reuse deep features, so that there is a shallow network. */
  readonly reuses: boolean;
  /** How many references the network runs over beside its branches: see graph/modules/detail-names.ts. */
  readonly references: number;
  /** Numbers of the keys and values that late layers keep of a reference, for each latent pixel. */
  readonly detailWidth: number;
  /** Whether steps look for pinned words. */
  readonly findsWords: boolean;
  /** Heads of the attention that tells where pinned words are, for each latent pixel. */
  readonly wordMapHeads: number;
  /** Width of the UNet's first stage, in channels. */
  readonly unetChannels: number;
  /** Heads of the UNet's first attention where its scores [B, heads, h·w, h·w] are written out; 0 for flash attention. */
  readonly writtenHeads: number;
  /** Widths of the VAE's last two stages, in channels. */
  readonly vaeChannels: { readonly last: number; readonly beforeLast: number };
  /** Pixels of the picture along an edge for one latent pixel. */
  readonly vaeScale: number;
  /** Width of the tiny decoder's maps, in channels; 0 where there is none. */
  readonly tinyChannels: number;
  /** Which decoder finishes the picture. */
  readonly decoder: 'full' | 'tiny';
  /** Whether each step is seen through the tiny decoder. */
  readonly seesSteps: boolean;
  /** Numbers of the keys and values of one token in all cross-attentions. */
  readonly statesOfToken: number;
  /** Tokens that a branch attends to: of the text, and of all looks together. */
  readonly tokens: { readonly text: number; readonly look: number };
  /** Latent size of the picture. */
  readonly height: number;
  readonly width: number;
}

/**
 * Tensors that ONNX Runtime holds at once, counted on checkpoints of several sizes (predicted-memory.host.test.ts keeps
 * it so): with buffers given back, and with those of a run kept for the next one.
 */
const heldTensors = {
  released: { unetWidths: 16, scores: 2, wordMaps: 1, vae: 5, tiny: 4, staging: 0 },
  kept: { unetWidths: 40, scores: 3, wordMaps: 3.3, vae: 7, tiny: 5, staging: 0.15 },
} as const;

/** Widths of the keys and values that a late layer joins, spreads and widens, for each place of a reference. */
const joinedWidths = 6;

/** Those of Eq. 8: h_u, h_y and h_∅. */
const mostBranches = 3;

const branchesAtOnce = ({ branches }: Pick<MemoryLevels, 'branches'>): number =>
  branches === 'together' ? mostBranches : 1;

/** Weights, and activations at this size. With buffers kept, those of network and decoder add up. */
export function predictBytes(needs: MemoryNeeds, plan: MemoryLevels): number {
  const count = plan.keepBuffers ? heldTensors.kept : heldTensors.released;
  const { unet, vae, encoders } = needs.weights;
  const area = needs.height * needs.width;
  const scores = needs.writtenHeads * area * (1 + needs.references) * count.scores;
  const unetActivations =
    rowsHeld(needs, plan) * area * (needs.unetChannels * count.unetWidths + scores) + references(needs, plan);
  const decoders = [
    needs.decoder === 'full' ? count.vae * largestVaeTensor(needs, plan.vaeTile) : 0,
    usesTiny(needs) ? count.tiny * largestTinyTensor(needs, plan.vaeTile) : 0,
  ];
  const all = [unetActivations, ...decoders];
  const activations = plan.keepBuffers ? all.reduce((sum, one) => sum + one, 0) : Math.max(...all);
  const shallow = needs.reuses ? needs.shallowWeights : 0;
  const network =
    (unet + vae + shallow) * (1 + count.staging) + activations + deepFeatures(needs) + crossAttentionStates(needs);
  const bytes =
    precisions[plan.precision].bytes * (plan.keepEncoders ? network + encoders : Math.max(network, encoders));
  return bytes + count.wordMaps * wordMapBytes(needs, plan);
}

/** The attention in which words are found is written out, and in 32 bits. */
function wordMapBytes({ findsWords, wordMapHeads, tokens, height, width }: MemoryNeeds, plan: MemoryLevels): number {
  const numbers = branchesAtOnce(plan) * wordMapHeads * height * width * tokens.text;
  return findsWords ? precisions.f32.bytes * numbers : 0;
}

/** Rows whose activations are held at once. Those of a reference run alone, and with buffers kept have buffers of their own. */
function rowsHeld({ references }: MemoryNeeds, plan: MemoryLevels): number {
  const own = references > 0 && plan.keepBuffers && plan.branches === 'together' ? 1 : 0;
  return branchesAtOnce(plan) + own;
}

/** Keys and values of references, and what each branch joins of them to its own in a late layer. */
function references(
  { references: count, detailWidth, unetChannels, height, width }: MemoryNeeds,
  plan: MemoryLevels,
): number {
  return count * height * width * (detailWidth + branchesAtOnce(plan) * joinedWidths * unetChannels);
}

/** They are kept for all branches, however these run. */
function deepFeatures({ reuses, height, width, unetChannels }: MemoryNeeds): number {
  return reuses ? mostBranches * height * width * unetChannels : 0;
}

/** Keys and values are there for all branches, however these run, and stay over a run. */
function crossAttentionStates({ statesOfToken, tokens }: MemoryNeeds): number {
  return mostBranches * statesOfToken * (tokens.text + tokens.look);
}

export function largestBuffer(needs: MemoryNeeds, plan: MemoryLevels): number {
  const branches = branchesAtOnce(plan);
  const scores = branches * needs.writtenHeads * (1 + needs.references) * (needs.height * needs.width) ** 2;
  const decoded = needs.decoder === 'full' ? largestVaeTensor(needs, plan.vaeTile) : 0;
  const tiny = usesTiny(needs) ? largestTinyTensor(needs, plan.vaeTile) : 0;
  return precisions[plan.precision].bytes * Math.max(scores, decoded, tiny);
}

const usesTiny = ({ decoder, seesSteps }: MemoryNeeds): boolean => decoder === 'tiny' || seesSteps;

/** All its maps are as wide as the last one, which has the picture's size; a step is not seen in tiles. */
function largestTinyTensor({ seesSteps, tinyChannels, ...needs }: MemoryNeeds, tile: number): number {
  return pixelsAtOnce(needs, seesSteps ? 0 : tile) * tinyChannels;
}

/** The decoder's widest tensor: its last upsampling still has the width of the stage before. */
function largestVaeTensor({ vaeChannels, ...needs }: MemoryNeeds, tile: number): number {
  return pixelsAtOnce(needs, tile) * Math.max(vaeChannels.last, vaeChannels.beforeLast);
}

type Sizes = Pick<MemoryNeeds, 'height' | 'width' | 'vaeScale'>;

/** Of the picture, in a tile of so many latent pixels; 0 is all of it. */
function pixelsAtOnce({ height, width, vaeScale: scale }: Sizes, tile: number): number {
  const area = tile === 0 ? height * width : Math.min(height, tile) * Math.min(width, tile);
  return scale ** 2 * area;
}
