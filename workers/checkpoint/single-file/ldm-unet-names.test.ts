import { expect, it } from 'vitest';

import { diffusersUNetName, ldmUNetModules } from './ldm-unet-names.ts';

/** With two ResBlocks a level. */
it.each([
  ['input_blocks.2.0.skip_connection.weight', 'down_blocks.0.resnets.1.conv_shortcut.weight'],
  ['input_blocks.3.0.op.bias', 'down_blocks.0.downsamplers.0.conv.bias'],
  ['input_blocks.4.1.proj_in.weight', 'down_blocks.1.attentions.0.proj_in.weight'],
  ['middle_block.2.emb_layers.1.bias', 'mid_block.resnets.1.time_emb_proj.bias'],
  ['middle_block.1.transformer_blocks.0.norm1.weight', 'mid_block.attentions.0.transformer_blocks.0.norm1.weight'],
  ['output_blocks.2.1.conv.weight', 'up_blocks.0.upsamplers.0.conv.weight'],
  ['output_blocks.5.2.conv.bias', 'up_blocks.1.upsamplers.0.conv.bias'],
  ['output_blocks.11.0.in_layers.2.weight', 'up_blocks.3.resnets.2.conv1.weight'],
])('diffusers calls %s %s', (ldm, diffusers) => {
  expect(diffusersUNetName(ldm, 2)).toBe(diffusers);
});

it.each([
  ['mystery.weight', 'mystery.weight'],
  ['input_blocks.0.1.weight', 'input_blocks.0.1.weight'],
  ['input_blocks.1.weight', 'input_blocks.1.weight'],
  ['output_blocks.1.conv.weight', 'output_blocks.1.conv.weight'],
  ['middle_block.3.in_layers.0.weight', 'middle_block.3.in_layers.0.weight'],
  ['middle_block.0.weight', 'mid_block.resnets.0.weight'],
  ['input_blocks.1.0.weight', 'down_blocks.0.resnets.0.weight'],
  ['input_blocks.1.1.op.weight', 'down_blocks.0.attentions.0.op.weight'],
  ['output_blocks.1.0.conv.weight', 'up_blocks.0.resnets.1.conv.weight'],
])('of the name %s, which no UNet has, nothing is lost: %s', (name, kept) => {
  expect(diffusersUNetName(name, 2)).toBe(kept);
});

it('modules that LDM does not have are left out', () => {
  const known = 'up_blocks.1.upsamplers.0.conv';
  const others = [
    'mystery',
    'mid_block.resnets.2.conv1',
    'up_blocks.1.motion_modules.0.proj_in',
    'down_blocks.0.resnets',
  ];
  expect([...ldmUNetModules(['down_blocks.0.resnets.0.conv1', known, ...others])]).toEqual([
    ['down_blocks.0.resnets.0.conv1', 'input_blocks.1.0.in_layers.2'],
    [known, 'output_blocks.3.1.conv'],
  ]);
});
