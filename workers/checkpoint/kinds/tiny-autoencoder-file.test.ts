import { describe, expect, it } from 'vitest';

import { blobSource } from '../bytes/byte-source.ts';
import { tinyFile } from '../../testing/reference/tiny-files.ts';
import { refusal } from '../../testing/reference/weights.ts';
import { readSafetensorsTable } from '../tensor-files/safetensors.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import { isTinyAutoencoderTable, tinyAutoencoderConfig, tinyAutoencoderTable } from './tiny-autoencoder-file.ts';

const tableOf = (...names: readonly string[]): TensorTable =>
  new Map(names.map((name, offset): [string, TensorInfo] => [name, { dtype: 'F32', shape: [1], offset, length: 4 }]));

describe('the tensors of a tiny autoencoder are told by their names', () => {
  it.each<readonly [string, readonly string[], boolean]>([
    ['those of diffusers', ['decoder.layers.0.weight', 'decoder.layers.2.conv.0.weight'], true],
    ['those of diffusers beside others', ['encoder.layers.2.conv.0.weight', 'mystery'], true],
    ['layers of diffusers without a block', ['decoder.layers.0.weight', 'decoder.layers.2.weight'], false],
    ['those of TAESD', ['0.weight', '1.conv.0.weight'], true],
    ['those of TAESD beside others', ['0.weight', '1.conv.0.weight', 'mystery'], false],
    ['a block alone', ['1.conv.0.weight'], false],
    ['numbers without a block', ['0.weight', '0.bias'], false],
    ['a block whose convolutions have other numbers', ['0.weight', '1.conv.1.weight'], false],
    ['none', [], false],
  ])('%s', (_, names, is) => {
    expect(isTinyAutoencoderTable(tableOf(...names))).toBe(is);
  });
});

it('the halves of TAESD get the names of diffusers, and what has them keeps them', () => {
  const keys = (...names: readonly string[]) => [...tinyAutoencoderTable(tableOf(...names), 'x').keys()];
  expect(keys('0.weight', '1.conv.0.weight')).toEqual(['encoder.layers.0.weight', 'encoder.layers.1.conv.0.weight']);
  expect(keys('1.weight', '3.conv.0.bias')).toEqual(['decoder.layers.0.weight', 'decoder.layers.2.conv.0.bias']);
  expect(keys('decoder.layers.2.conv.0.weight', 'mystery')).toEqual(['decoder.layers.2.conv.0.weight', 'mystery']);
});

it('another file is refused by its name', () => {
  expect(refusal(() => tinyAutoencoderTable(tableOf('mystery'), 'other.safetensors'))).toMatchObject({
    code: 'bad-tiny-autoencoder',
    message: expect.stringContaining('"other.safetensors" is no tiny autoencoder') as string,
  });
});

describe('the config that goes with a file is told by its shapes', () => {
  const encoder = { in_channels: 3, encoder_block_out_channels: [4, 4, 4, 4], num_encoder_blocks: [1, 3, 3, 3] };
  const decoder = { out_channels: 3, decoder_block_out_channels: [4, 4, 4, 4], num_decoder_blocks: [3, 3, 3, 1] };
  const common = { _class_name: 'AutoencoderTiny', latent_channels: 4 };

  /** As in published/config.json, which diffusers wrote. */
  it.each([
    ['published/diffusion_pytorch_model.safetensors', { ...common, ...encoder, ...decoder }],
    ['taesd_encoder.safetensors', { ...common, ...encoder }],
    ['taesd_decoder.safetensors', { ...common, ...decoder }],
  ])('%s', async (path, config) => {
    const table = await readSafetensorsTable(blobSource(path, await tinyFile(path)));
    expect(tinyAutoencoderConfig(tinyAutoencoderTable(table, path))).toEqual(config);
  });

  it('a half has at least two convolutions, and may have no block', () => {
    const layer = (shape: readonly number[]): TensorInfo => ({ dtype: 'F32', shape, offset: 0, length: 0 });
    const first = ['decoder.layers.0.weight', layer([6, 5, 3, 3])] as const;
    const last = ['decoder.layers.1.weight', layer([2, 6, 3, 3])] as const;
    expect(tinyAutoencoderConfig(new Map([first, last]))).toEqual({
      _class_name: 'AutoencoderTiny',
      latent_channels: 5,
      out_channels: 2,
      decoder_block_out_channels: [6],
      num_decoder_blocks: [0],
    });
    expect(tinyAutoencoderConfig(new Map([first]))).toEqual({ _class_name: 'AutoencoderTiny' });
  });
});
