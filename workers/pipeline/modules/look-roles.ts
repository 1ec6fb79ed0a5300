import type { LookRole } from '../../api.ts';

/** A layer beside which a look stands, by the path of its module. */
interface Layer {
  readonly path: string;
}

/**
 * How strongly a look speaks in each layer, for what of the pictures is taken over. As ComfyUI_IPAdapter_plus has it for
 * Stable Diffusion 1.5: the deepest maps lay the picture out, all others colour it.
 */
const weightsOf: Readonly<Record<LookRole, (layer: Place) => number>> = {
  subject: () => 1,
  style: ({ stage, isLast }) => (stage === 'rest' || (stage === 'deep up' && isLast) ? 1 : 0),
  composition: ({ stage, isLast }) => (stage === 'deep down' ? (isLast ? 1 : 0.25) : 0),
};

/** Where a layer lies: in the deepest block of one side that attends, in the middle, or elsewhere. */
interface Place {
  readonly stage: 'deep down' | 'middle' | 'deep up' | 'rest';
  /** Whether it is the last of its block. */
  readonly isLast: boolean;
}

/** @returns the weight of each layer, in their order; all 1 where the network has none of the layers of a role */
export function layerWeights(role: LookRole, layers: readonly Layer[]): readonly number[] {
  const weights = placesOf(layers).map(weightsOf[role]);
  return weights.some((weight) => weight > 0) ? weights : layers.map(() => 1);
}

function placesOf(layers: readonly Layer[]): readonly Place[] {
  const blocks = layers.map(({ path }) => /^(?:(?:down|up)_blocks\.\d+|mid_block)/.exec(path)?.[0] ?? '');
  const numbers = (side: string): number[] =>
    blocks.filter((block) => block.startsWith(side)).map((block) => Number(block.split('.')[1]));
  const deepDown = `down_blocks.${Math.max(...numbers('down'))}`;
  const deepUp = `up_blocks.${Math.min(...numbers('up'))}`;
  return blocks.map((block, index) => ({
    stage: block === deepDown ? 'deep down' : block === deepUp ? 'deep up' : block === 'mid_block' ? 'middle' : 'rest',
    isLast: blocks[index + 1] !== block,
  }));
}
