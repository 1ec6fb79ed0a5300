import { describe, expect, it } from 'vitest';

import { refusal } from '../../testing/reference/weights.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import { isTinyAutoencoderTable, tinyAutoencoderTable } from './tiny-autoencoder-file.ts';

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
