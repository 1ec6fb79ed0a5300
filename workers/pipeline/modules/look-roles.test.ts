import { describe, expect, it } from 'vitest';

import { layerWeights } from './look-roles.ts';

const attentions = (block: string, count: number): { path: string }[] =>
  Array.from({ length: count }, (_, index) => ({ path: `${block}.attentions.${index}.transformer_blocks.0.attn2` }));

/** In the order of adapter files. */
const stableDiffusion = [
  ...[0, 1, 2].flatMap((block) => attentions(`down_blocks.${block}`, 2)),
  ...[1, 2, 3].flatMap((block) => attentions(`up_blocks.${block}`, 3)),
  ...attentions('mid_block', 1),
];
/** Distilled: no middle, an attention less in each block. */
const small = [
  ...[0, 1, 2].flatMap((block) => attentions(`down_blocks.${block}`, 1)),
  ...[1, 2, 3].flatMap((block) => attentions(`up_blocks.${block}`, 2)),
];

describe('a role is a choice of layers', () => {
  it.each([
    ['subject', stableDiffusion, new Array<number>(16).fill(1)],
    // ComfyUI_IPAdapter_plus counts in the order of computation: 0–3 and 9–15.
    ['style', stableDiffusion, [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]],
    // 4 with a quarter, and 5.
    ['composition', stableDiffusion, [0, 0, 0, 0, 0.25, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['style', small, [1, 1, 0, 0, 1, 1, 1, 1, 1]],
    ['composition', small, [0, 0, 1, 0, 0, 0, 0, 0, 0]],
    ['composition', attentions('mid_block', 1), [1]],
  ] as const)('%s', (role, layers, expected) => {
    expect(layerWeights(role, layers)).toEqual(expected);
  });
});
