import { expect, it } from 'vitest';

import { parseUNetConfig } from '../config/unet-config.ts';
import { detailLayers, marksWidth } from './detail-names.ts';

it('are layers 10 to 15 of Stable Diffusion 1.5: six, at half and at whole size', () => {
  expect(detailLayers(parseUNetConfig({}))).toEqual(
    [2, 3].flatMap((block) =>
      [0, 1, 2].map((attention) => ({
        path: `up_blocks.${block}.attentions.${attention}.transformer_blocks.0.attn1`,
        index: 3 * (block - 2) + attention,
        channels: block === 2 ? 640 : 320,
        level: 3 - block,
      })),
    ),
  );
});

it('are those of the last two blocks of a distilled network with a level less and a layer less', () => {
  const layers = detailLayers(
    parseUNetConfig({
      block_out_channels: [320, 640, 1280],
      down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
      layers_per_block: 1,
      mid_block_type: null,
    }),
  );
  expect(layers.map(({ path, level }) => [path.slice(0, 24), level])).toEqual([
    ['up_blocks.1.attentions.0', 1],
    ['up_blocks.1.attentions.1', 1],
    ['up_blocks.2.attentions.0', 0],
    ['up_blocks.2.attentions.1', 0],
  ]);
});

it('are none where first attentions attend to the text', () => {
  expect(detailLayers(parseUNetConfig({ only_cross_attention: true }))).toEqual([]);
});

it.each([
  [1, 4],
  [4, 4],
  [5, 8],
])('widen heads by whole vectors: %i references by %i channels', (references, width) => {
  expect(marksWidth(references)).toBe(width);
});
