import { expect, it } from 'vitest';

import { parseUNetConfig } from '../config/unet-config.ts';
import { ipAdapterLayers } from './ip-adapter-layers.ts';

it('numbers the layers of Stable Diffusion 1.5 as published adapters do: down, up, then mid', () => {
  const layers = ipAdapterLayers(parseUNetConfig({}));
  expect(layers.map(({ index, channels }) => [index, channels])).toEqual([
    [1, 320],
    [3, 320],
    [5, 640],
    [7, 640],
    [9, 1280],
    [11, 1280],
    [13, 1280],
    [15, 1280],
    [17, 1280],
    [19, 640],
    [21, 640],
    [23, 640],
    [25, 320],
    [27, 320],
    [29, 320],
    [31, 1280],
  ]);
  expect(layers.at(0)?.path).toBe('down_blocks.0.attentions.0.transformer_blocks.0.attn2');
  expect(layers.at(6)?.path).toBe('up_blocks.1.attentions.0.transformer_blocks.0.attn2');
  expect(layers.at(-1)?.path).toBe('mid_block.attentions.0.transformer_blocks.0.attn2');
});

it('leaves out first attentions that attend to the text too, as diffusers does', () => {
  const plain = ipAdapterLayers(parseUNetConfig({}));
  expect(ipAdapterLayers(parseUNetConfig({ only_cross_attention: true }))).toEqual(plain);
});

it('has none where the network has no such block', () => {
  const config = parseUNetConfig({
    down_block_types: ['DownBlock2D'],
    up_block_types: ['UpBlock2D'],
    block_out_channels: [32],
    mid_block_type: null,
  });
  expect(ipAdapterLayers(config)).toEqual([]);
});
