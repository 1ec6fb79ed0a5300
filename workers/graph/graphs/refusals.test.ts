import { describe, expect, it } from 'vitest';

import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import {
  entry,
  readReferenceJson,
  readReferenceWeights,
  type ReferenceWeights,
} from '../../testing/reference/reference-case.ts';
import { refusal, withTensor, without } from '../../testing/reference/weights.ts';
import { parseAutoencoderConfig } from '../config/autoencoder-config.ts';
import { parseUNetConfig } from '../config/unet-config.ts';
import { crossAttentionLayers } from '../modules/cross-attention-layers.ts';
import { buildCrossAttentionStates } from './cross-attention-states.ts';
import { buildRunBiases } from './run-biases.ts';
import { buildUNet } from './unet.ts';
import { buildVaeDecoder } from './vae-decoder.ts';

const options = { kernels: 'portable', height: 8, width: 8, tokens: 77 } as const;
const unetJson = await readReferenceJson('sd15', 'unet/config.json');
const unetConfig = parseUNetConfig(unetJson);
const unetWeights = await readReferenceWeights('sd15', 'unet/diffusion_pytorch_model.safetensors');
const vaeConfig = parseAutoencoderConfig(await readReferenceJson('sd15', 'vae/config.json'));
const vaeWeights = await readReferenceWeights('sd15', 'vae/diffusion_pytorch_model.safetensors');
const someTensor = 'down_blocks.0.resnets.0.conv1.weight';

function changed(weights: ReferenceWeights, name: string, change: Partial<TensorInfo>): ReferenceWeights {
  return { ...weights, table: new Map(weights.table).set(name, { ...entry(weights.table, name), ...change }) };
}

describe('weights that do not belong to the config', () => {
  it('are refused for a missing tensor, by its name', () => {
    const error = refusal(() => buildUNet(unetConfig, without(unetWeights, someTensor), options));
    expect(error).toMatchObject({ code: 'missing-tensor', message: expect.stringContaining(someTensor) as string });
  });

  it('are refused for a tensor too many, by its name', () => {
    const error = refusal(() =>
      buildUNet(unetConfig, withTensor(unetWeights, 'add_embedding.linear_1.weight', someTensor), options),
    );
    expect(error).toMatchObject({
      code: 'extra-tensor',
      message: expect.stringContaining('add_embedding.linear_1.weight') as string,
    });
  });

  it('are refused for a tensor of another shape, with both shapes', () => {
    const error = refusal(() =>
      buildUNet(unetConfig, changed(unetWeights, someTensor, { shape: [32, 32, 1, 9] }), options),
    );
    expect(error.code).toBe('tensor-shape');
    expect(error.message).toMatch(/down_blocks\.0\.resnets\.0\.conv1\.weight.*\[32, 32, 1, 9\].*\[32, 32, 3, 3\]/);
  });

  it('are refused for a tensor of another type than the rest, by its name', () => {
    const error = refusal(() => buildUNet(unetConfig, changed(unetWeights, someTensor, { dtype: 'BF16' }), options));
    expect(error).toMatchObject({ code: 'tensor-dtype', message: expect.stringContaining(someTensor) as string });
  });

  it('are refused for a cross-attention without keys', () => {
    const name = 'mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight';
    expect(refusal(() => buildCrossAttentionStates(unetConfig, without(unetWeights, name), options)).message).toContain(
      name,
    );
  });

  it('are refused for a decoder tensor too many, but may bring the encoder along', () => {
    expect([...vaeWeights.table.keys()].some((name) => name.startsWith('encoder.'))).toBe(true);
    expect(buildVaeDecoder(vaeConfig, vaeWeights, options).usedTensors.has('encoder.conv_in.weight')).toBe(false);
    const extra = withTensor(vaeWeights, 'decoder.spare.weight', 'decoder.conv_in.weight');
    expect(refusal(() => buildVaeDecoder(vaeConfig, extra, options)).code).toBe('extra-tensor');
  });
});

describe('the tensors of a UNet', () => {
  it('are used by the step, by the cross-attention states or by the biases, and few by two of them', () => {
    const step = buildUNet(unetConfig, unetWeights, options).usedTensors;
    const states = buildCrossAttentionStates(unetConfig, unetWeights, options).usedTensors;
    const biases = buildRunBiases(unetConfig, unetWeights, options).usedTensors;
    expect(new Set([...step, ...states, ...biases])).toEqual(new Set(unetWeights.table.keys()));
    expect([...step, ...biases].filter((name) => states.has(name))).toEqual([]);
    expect([...step].filter((name) => biases.has(name))).toEqual(
      [...unetWeights.table.keys()].filter((name) => name.endsWith('proj_out.weight')),
    );
    expect(states.size).toBe(2 * crossAttentionLayers(unetConfig).length);
  });
});

describe('a config', () => {
  const object = unetJson as Record<string, unknown>;

  it.each([
    ['in_channels', 8],
    ['class_embed_type', 'timestep'],
    ['addition_embed_type', 'text_time'],
    ['dual_cross_attention', true],
    ['resnet_time_scale_shift', 'scale_shift'],
    ['center_input_sample', true],
    ['act_fn', 'mish'],
    ['norm_num_groups', null],
    ['norm_num_groups', 7],
    ['attention_head_dim', 5],
    ['down_block_types', ['CrossAttnDownBlock2D', 'AttnDownBlock2D']],
    ['up_block_types', ['UpBlock2D']],
    ['attention_head_dim', [8, 8, 8]],
    ['transformer_layers_per_block', [[1], [1]]],
  ])('with %s = %j is refused by that key', (key, value) => {
    const error = refusal(() => parseUNetConfig({ ...object, [key]: value }));
    expect(error.code).toBe('unsupported-config');
    expect(error.message).toMatch(new RegExp(`^${key}\\b`));
  });

  it('without the later keys takes the defaults of diffusers: Stable Diffusion 1.x', () => {
    const config = parseUNetConfig({ sample_size: 64, cross_attention_dim: 768 });
    expect(config.block_out_channels).toEqual([320, 640, 1280, 1280]);
    expect(config.attention_head_dim).toEqual([8, 8, 8, 8]);
    expect(crossAttentionLayers(config)).toHaveLength(16);
  });

  it('counts heads by num_attention_heads where it is given, as diffusers does', () => {
    const heads = (more: object) => parseUNetConfig({ ...object, ...more }).attention_head_dim;
    const blocks = unetConfig.block_out_channels.length;
    expect(heads({ attention_head_dim: 4, num_attention_heads: 2 })).toEqual(Array(blocks).fill(2));
    expect(heads({ attention_head_dim: 4, num_attention_heads: null })).toEqual(Array(blocks).fill(4));
    const each = Array.from({ length: blocks }, (_, block) => 2 ** (block + 1));
    expect(heads({ num_attention_heads: each })).toEqual(each);
    const error = refusal(() => parseUNetConfig({ ...object, num_attention_heads: 5 }));
    expect(error.message).toMatch(/^num_attention_heads\b/u);
  });

  it.each([[null], [[]], ['unet'], [{ block_out_channels: 'many' }]])('that is %j is refused', (config) => {
    expect(refusal(() => parseUNetConfig(config)).code).toBe('unsupported-config');
    expect(refusal(() => parseAutoencoderConfig(config)).code).toBe('unsupported-config');
  });

  it.each(['layers_per_block', 'transformer_layers_per_block'])(
    'that asks for three million %s is refused by it',
    (key) => {
      const { code, message } = refusal(() => parseUNetConfig({ ...object, [key]: 3_000_000 }));
      expect(code).toBe('unsupported-config');
      expect(message).toMatch(new RegExp(`^${key} in unet/config.json is 3000000\\b`, 'u'));
    },
  );

  it('of an autoencoder that shifts its latents is refused by that key', () => {
    expect(refusal(() => parseAutoencoderConfig({ shift_factor: 0.1 })).message).toContain('shift_factor');
  });
});
