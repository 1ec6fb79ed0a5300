import { describe, expect, it } from 'vitest';

import { refusal } from '../../testing/reference/weights.ts';
import { refuseOtherLayoutFamilies } from './layout-family.ts';

const pipeline = (name: string) => ({ _class_name: name, _diffusers_version: '0.30.0' });
const unet = { _class_name: 'UNet2DConditionModel', in_channels: 4, cross_attention_dim: 768 };

describe('a checkpoint in diffusers layout that is something else', () => {
  it.each([
    // SD 2.1 says StableDiffusionPipeline, as SD 1.5 does.
    [
      'Stable Diffusion 2.x',
      pipeline('StableDiffusionPipeline'),
      { ...unet, cross_attention_dim: 1024, attention_head_dim: [5, 10, 20, 20], use_linear_projection: true },
    ],
    ['Stable Diffusion 2.x', null, { ...unet, cross_attention_dim: [1024, 1024, 1024, 1024] }],
    [
      'Stable Diffusion XL',
      pipeline('StableDiffusionXLPipeline'),
      { ...unet, cross_attention_dim: 2048, addition_embed_type: 'text_time' },
    ],
    ['Stable Diffusion XL', null, { ...unet, cross_attention_dim: 2048 }],
    [
      'Stable Diffusion XL',
      pipeline('DiffusionPipeline'),
      { ...unet, cross_attention_dim: 1280, addition_embed_type: 'text_time' },
    ],
    ['Stable Diffusion 3', pipeline('StableDiffusion3Pipeline'), null],
    ['Flux', pipeline('FluxPipeline'), null],
    ['an InstructPix2Pix checkpoint', pipeline('StableDiffusionInstructPix2PixPipeline'), { ...unet, in_channels: 8 }],
    ['a depth-guided checkpoint', null, { ...unet, in_channels: 5 }],
    [
      'a class-conditioned UNet',
      pipeline('StableDiffusionUpscalePipeline'),
      { ...unet, in_channels: 7, cross_attention_dim: 1024, num_class_embeds: 1000 },
    ],
  ])('is refused as %s', (what, modelIndex, config) => {
    const error = refusal(() => {
      refuseOtherLayoutFamilies(modelIndex, config, 'someone/model');
    });
    expect(error).toMatchObject({
      code: 'unsupported-config',
      message: expect.stringContaining(`"someone/model" is ${what}`) as string,
    });
  });

  it.each([
    ['Stable Diffusion 1.x', pipeline('StableDiffusionPipeline'), unet],
    ['a text-to-image UNet saved from an inpainting pipeline', pipeline('StableDiffusionInpaintPipeline'), unet],
    ['an inpainting checkpoint', pipeline('StableDiffusionInpaintPipeline'), { ...unet, in_channels: 9 }],
    [
      'a small checkpoint of odd widths',
      pipeline('StableDiffusionPipeline'),
      { ...unet, cross_attention_dim: [96, 96] },
    ],
    [
      'a UNet that leaves defaults out',
      null,
      {
        _class_name: 'UNet2DConditionModel',
        addition_embed_type: null,
        class_embed_type: null,
        num_class_embeds: null,
      },
    ],
    ['a folder without either file', null, null],
    ['files of another form', 'text', ['list']],
  ])('but %s is left to the readers of its parts', (_, modelIndex, config) => {
    expect(() => {
      refuseOtherLayoutFamilies(modelIndex, config, 'someone/model');
    }).not.toThrow();
  });
});
