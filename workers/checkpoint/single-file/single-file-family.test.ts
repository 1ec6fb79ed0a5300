import { describe, expect, it } from 'vitest';
import { anyTensor, changedFile, same, unetPrefix } from '../../testing/files/changed-single-file.ts';
import { readSingleFile } from './single-file.ts';

describe('files that are something else', () => {
  it.each([
    ['Stable Diffusion XL', changedFile(same, { 'conditioner.embedders.0.transformer.text_model.x': anyTensor })],
    ['Stable Diffusion 2.x', changedFile(same, { 'cond_stage_model.model.token_embedding.weight': anyTensor })],
    ['Stable Diffusion 3', changedFile(same, { [`${unetPrefix}joint_blocks.0.x`]: anyTensor })],
    ['Flux', changedFile(same, { 'double_blocks.0.img_attn.norm.key_norm.scale': anyTensor })],
    [
      'an InstructPix2Pix checkpoint',
      changedFile(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 8, 3, 3] } }),
    ],
    [
      'a depth-guided checkpoint',
      changedFile(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 5, 3, 3] } }),
    ],
    [
      'an upscaler',
      changedFile(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 7, 3, 3] } }),
    ],
    ['a class-conditioned UNet', changedFile(same, { [`${unetPrefix}label_emb.0.0.weight`]: anyTensor })],
    ['Flux', changedFile(same, { [`${unetPrefix}double_blocks.0.x`]: anyTensor })],
    ['Stable Diffusion 3', changedFile(same, { 'joint_blocks.0.x': anyTensor })],
    ['a ControlNet', changedFile(same, { 'input_hint_block.0.weight': anyTensor })],
    ['a LoRA file', changedFile(same, { 'unet.x.lora_A.weight': anyTensor })],
    [
      'one part of a model',
      { table: new Map([['down_blocks.0.resnets.0.conv1.weight', anyTensor]]), metadata: new Map<string, string>() },
    ],
    ['a ControlNet', changedFile(same, { 'control_model.time_embed.0.weight': anyTensor })],
    [
      'a LoRA file',
      { table: new Map([['lora_unet_x.lora_up.weight', anyTensor]]), metadata: new Map<string, string>() },
    ],
    [
      'a textual-inversion embedding',
      { table: new Map([['emb_params', anyTensor]]), metadata: new Map<string, string>() },
    ],
    ['no Stable Diffusion checkpoint', { table: new Map([['x', anyTensor]]), metadata: new Map<string, string>() }],
  ])('refuses %s by name', (what, other) => {
    expect(() => readSingleFile(other, 'model.safetensors')).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringContaining(`"model.safetensors" is ${what}`) as string,
      }),
    );
  });

  it('names what a UNet without residual blocks lacks', () => {
    const cut = changedFile((name) => (/input_blocks\.[1-9]/u.test(name) ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringContaining('has no residual blocks') as string,
      }),
    );
  });

  it.each([
    [`${unetPrefix}conv_in.weight`, 'conv_in.weight'],
    ['first_stage_model.encoder.conv_norm_out.weight', 'encoder.conv_norm_out.weight'],
  ])('refuses weights that are there under two names: %s', (name, twice) => {
    expect(() => readSingleFile(changedFile(same, { [name]: anyTensor }), 'f')).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringContaining(`holds the weights of "${twice}" twice`) as string,
      }),
    );
  });

  it.each([['cond_stage_model.', 'text encoder']])('says which part is missing: %s', (prefix, what) => {
    const cut = changedFile((name) => (name.startsWith(prefix) ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(
      expect.objectContaining({ code: 'missing-tensor', message: expect.stringContaining(`no ${what}`) as string }),
    );
  });

  it('names the tensor that a config needs', () => {
    const cut = changedFile((name) => (name === `${unetPrefix}out.2.weight` ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(
      expect.objectContaining({ code: 'missing-tensor', message: expect.stringContaining('out.2.weight') as string }),
    );
  });
});
