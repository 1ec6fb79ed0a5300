import { expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import { parseTinyDecoderConfig } from '../../graph/config/tiny-autoencoder-config.ts';
import { floatTensor } from '../../runtime/tensors.ts';
import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { TinyDecoder } from '../modules/tiny-decoder.ts';
import { predictBytes, type MemoryNeeds } from './memory-needs.ts';

const config = parseTinyDecoderConfig({}, 'config.json');
const [width = 64] = config.decoder_block_out_channels;

/** The tensors of the published decoder, with numbers of zero. */
function tensors(): readonly { readonly name: string; readonly dtype: 'F32'; readonly shape: readonly number[] }[] {
  const conv = (layer: string, output: number, input: number, bias: boolean) => [
    { name: `decoder.layers.${layer}.weight`, dtype: 'F32' as const, shape: [output, input, 3, 3] },
    ...(bias ? [{ name: `decoder.layers.${layer}.bias`, dtype: 'F32' as const, shape: [output] }] : []),
  ];
  const all = conv('0', width, config.latent_channels, true);
  let layer = 2;
  for (const [stage, count] of config.num_decoder_blocks.entries()) {
    for (let block = 0; block < count; block++, layer++)
      for (const part of [0, 2, 4]) all.push(...conv(`${layer}.conv.${part}`, width, width, true));
    const isLast = stage === config.num_decoder_blocks.length - 1;
    all.push(...conv(String(isLast ? layer : layer + 1), isLast ? 3 : width, width, isLast));
    layer += 2;
  }
  return all;
}

const size = { height: 16, width: 16 };
const none: MemoryNeeds = {
  weights: { unet: 0, vae: 0, encoders: 0 },
  shallowWeights: 0,
  reuses: false,
  references: 0,
  detailWidth: 0,
  unetChannels: 0,
  writtenHeads: 0,
  vaeChannels: { last: 0, beforeLast: 0 },
  vaeScale: 8,
  tinyChannels: width,
  decoder: 'tiny',
  seesSteps: false,
  statesOfToken: 0,
  findsWords: false,
  wordMapHeads: 0,
  tokens: { text: 0, look: 0 },
  ...size,
};

it.each([true, false])(
  'the predicted memory of the tiny decoder is what it holds: buffers kept %s',
  async (keepBuffers) => {
    const specs = tensors();
    const { header, size: bytes } = writeSafetensorsHeader(specs);
    const data = new Uint8Array(bytes);
    data.set(header);
    const backend = await nodeBackend('webgpu');
    if (backend.gpu === null) throw new RangeError('There is no GPU.');
    backend.gpu.bufferCache = keepBuffers ? 'simple' : 'lazyRelease';
    const gpu = new LimitedGpu(backend.gpu.device);
    const table = await readSafetensorsTable(blobSource('x', new Blob([data])));
    const part = { config, weights: { table, location: 'tiny' }, file: { path: 'tiny', data } };
    const decoder = new TinyDecoder(backend, part);
    await decoder.decode(floatTensor(backend, new Float32Array(4 * 256), [1, 4, 16, 16]), size, 0);
    await decoder.release();
    const count = specs.reduce((sum, { shape }) => sum + shape.reduce((product, edge) => product * edge, 1), 0);
    const needs = { ...none, weights: { ...none.weights, vae: count } };
    const plan = { precision: 'f32', branches: 'together', vaeTile: 0, keepEncoders: true, keepBuffers } as const;
    const predicted = predictBytes(needs, plan);
    expect(Math.abs(predicted - gpu.peak) / gpu.peak, `${predicted} of ${gpu.peak} bytes`).toBeLessThan(0.25);
  },
);
