import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatsFile } from '../../testing/reference/formats-reference.ts';
import { ldmUNetModules } from './ldm-unet-names.ts';
import { readSafetensors, type SafetensorsFile } from '../tensor-files/safetensors.ts';
import { readSingleFile } from './single-file.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';

interface Expected {
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>;
  readonly config: Readonly<Record<string, unknown>>;
}

const cases = ['conv-projection', 'linear-projection'] as const;
const parts = ['unet', 'vae', 'textEncoder'] as const;

const source = await formatsFile('single-file/conv-projection.safetensors');
const file = await readSafetensors(source);
const unetPrefix = 'model.diffusion_model.';
const anyTensor: TensorInfo = { dtype: 'F16', shape: [1], offset: 0, length: 2 };

/** The file with tensors added, removed (null) or renamed; names and shapes only. */
function changed(
  change: (name: string) => string | null,
  added: Readonly<Record<string, TensorInfo>> = {},
): SafetensorsFile {
  const table = new Map<string, TensorInfo>();
  for (const [name, info] of file.table) {
    const target = change(name);
    if (target !== null) table.set(target, info);
  }
  for (const [name, info] of Object.entries(added)) table.set(name, info);
  return { table, metadata: file.metadata };
}

const same = (name: string) => name;

const nothing = { table: new Map<string, TensorInfo>() };

describe("readSingleFile against diffusers' from_single_file", () => {
  it.each(cases.flatMap((name) => parts.map((part) => [name, part] as const)))(
    '%s: %s has the same names, shapes and bytes',
    async (name, part) => {
      const ldm = await formatsFile(`single-file/${name}.safetensors`);
      const expected = JSON.parse(
        await readFile(new URL(`../../reference/data/formats/single-file/${name}.json`, import.meta.url), 'utf8'),
      ) as Record<string, Expected>;
      const { table } = readSingleFile(await readSafetensors(ldm), name)[part] ?? nothing;
      const actual: Record<string, unknown> = {};
      for (const [tensor, { shape, offset, length }] of table) {
        actual[tensor] = {
          shape,
          sha256: createHash('sha256')
            .update(await ldm.read(offset, length))
            .digest('hex'),
        };
      }
      expect(actual).toEqual(expected[part]?.tensors);
    },
  );

  it.each(cases)('%s: derives the configs', async (name) => {
    const ldm = await formatsFile(`single-file/${name}.safetensors`);
    const expected = JSON.parse(
      await readFile(new URL(`../../reference/data/formats/single-file/${name}.json`, import.meta.url), 'utf8'),
    ) as Record<string, Expected>;
    const read = readSingleFile(await readSafetensors(ldm), name);
    for (const part of parts) {
      for (const [key, value] of Object.entries(read[part]?.config ?? {})) {
        if (!key.startsWith('_') && key !== 'architectures' && key !== 'model_type')
          expect([part, key, value]).toEqual([part, key, expected[part]?.config[key]]);
      }
    }
  });
});

describe("SD 1.5's own names and shapes", () => {
  it('become what diffusers converts them to', async () => {
    const names = JSON.parse(
      await readFile(new URL('../../reference/data/formats/single-file/sd15-names.json', import.meta.url), 'utf8'),
    ) as Record<string, [number[], 'unet' | 'vae', string, number[]]>;
    const table = new Map(
      Object.entries(names).map(([name, [shape]]): [string, TensorInfo] => [name, { ...anyTensor, shape }]),
    );
    for (const [name, info] of file.table) if (name.startsWith('cond_stage_model.')) table.set(name, info);
    const read = readSingleFile({ table, metadata: new Map() }, 'sd15');
    const actual = {
      unet: [...read.unet.table].map(([name, { shape }]) => [name, shape]),
      vae: [...(read.vae?.table ?? [])].map(([name, { shape }]) => [name, shape]),
    };
    const expected = (part: string) =>
      Object.values(names)
        .filter((entry) => entry[1] === part)
        .map((entry) => [entry[2], entry[3]]);
    expect(actual.unet).toEqual(expected('unet'));
    expect(actual.vae).toEqual(expected('vae'));
    expect(actual.unet.length).toBe(686);
    expect(read.unet.config).toMatchObject({
      block_out_channels: [320, 640, 1280, 1280],
      layers_per_block: 2,
      cross_attention_dim: 768,
      use_linear_projection: false,
      transformer_layers_per_block: 1,
      down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    });
    expect(read.vae?.config).toMatchObject({
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: 2,
      latent_channels: 4,
    });
  });
});

it("SD 1.5's layers have the same two names in both directions", async () => {
  const names = JSON.parse(
    await readFile(new URL('../../reference/data/formats/single-file/sd15-names.json', import.meta.url), 'utf8'),
  ) as Record<string, [number[], 'unet' | 'vae', string, number[]]>;
  const modules = Object.entries(names).flatMap(([name, [, part, diffusers]]) =>
    part === 'unet' && name.endsWith('.weight')
      ? [[diffusers.slice(0, -'.weight'.length), name.slice(unetPrefix.length, -'.weight'.length)] as const]
      : [],
  );
  expect(modules.length).toBeGreaterThan(300);
  expect([...ldmUNetModules(modules.map(([diffusers]) => diffusers))].sort()).toEqual(modules.toSorted());
});

describe('variants of single files', () => {
  it('reads a text encoder whose names lack text_model', () => {
    const flat = changed((name) => name.replace('transformer.text_model.', 'transformer.'));
    expect(readSingleFile(flat, 'flat').textEncoder.table).toEqual(readSingleFile(file, 'file').textEncoder.table);
  });

  it("takes SD 1.5's scheduler", () => {
    expect(readSingleFile(file, 'f').scheduler).toMatchObject({
      prediction_type: 'epsilon',
      beta_schedule: 'scaled_linear',
      steps_offset: 1,
      rescale_betas_zero_snr: false,
    });
  });

  it('hears that a file predicts v', () => {
    for (const key of ['modelspec.prediction_type', 'modelspec.predict_key']) {
      const byMetadata = { table: file.table, metadata: new Map([[key, 'v']]) };
      expect(readSingleFile(byMetadata, 'f').scheduler).toMatchObject({ prediction_type: 'v_prediction' });
    }
    const byTensor = changed(same, { v_pred: anyTensor, ztsnr: anyTensor });
    expect(readSingleFile(byTensor, 'f').scheduler).toMatchObject({
      prediction_type: 'v_prediction',
      rescale_betas_zero_snr: true,
    });
  });

  it.each([
    ['epsilon', new Map([['modelspec.prediction_type', 'epsilon']]), {}],
    ['v_prediction', new Map([['modelspec.prediction_type', 'V-prediction']]), {}],
    ['epsilon', new Map(), { ztsnr: anyTensor }],
  ])('predicts %s by metadata %j, and rescales betas only where it predicts v', (prediction_type, metadata, more) => {
    const { table } = changed(same, more);
    expect(readSingleFile({ table, metadata }, 'f').scheduler).toMatchObject({
      prediction_type,
      rescale_betas_zero_snr: false,
    });
  });

  it('names the part whose marks are missing by what its first name lacks', () => {
    const cut = changed((name) => (name.endsWith('embeddings.token_embedding.weight') ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(/lacks the tensor "embeddings\.token_embedding\.weight"/u);
  });

  it.each([
    [
      'v_prediction',
      'model:\n  base_learning_rate: 1.0e-4\n  params:\n    parameterization: "v"\n    linear_start: 0.00085\n',
    ],
    ['v_prediction', '    parameterization: v # predicts velocity\r\n'],
    ['epsilon', "    parameterization: 'eps'\n"],
    ['epsilon', '    # parameterization: "v"\n'],
    ['epsilon', 'model: {}\n'],
  ])('predicts %s by the config that lies beside it: %j', (prediction_type, yaml) => {
    expect(readSingleFile(file, 'f', yaml).scheduler).toMatchObject({ prediction_type });
  });

  it('believes its metadata where the config beside it says nothing', () => {
    const marked = { table: file.table, metadata: new Map([['modelspec.prediction_type', 'v']]) };
    expect(readSingleFile(marked, 'f', 'model: {}').scheduler).toMatchObject({ prediction_type: 'v_prediction' });
  });

  it('leaves out what training left in the file', () => {
    const strays = [
      'first_stage_model.model_ema.decay',
      'first_stage_model.model_ema.num_updates',
      'first_stage_model.loss.logvar',
      'first_stage_model.loss.perceptual_loss.lin0.model.1.weight',
      'model_ema.diffusion_modelinput_blocks00weight',
      'betas',
      'alphas_cumprod',
      'sqrt_one_minus_alphas_cumprod',
      'posterior_variance',
      'log_one_minus_alphas_cumprod',
      'cond_stage_model.logit_scale',
      'cond_stage_model.text_projection',
      'cond_stage_model.transformer.logit_scale',
      'cond_stage_model.transformer.text_projection.weight',
      'global_step',
    ];
    const clean = readSingleFile(file, 'f');
    expect(readSingleFile(changed(same, Object.fromEntries(strays.map((name) => [name, anyTensor]))), 'f')).toEqual(
      clean,
    );
  });

  it('takes the text encoder from where its weights are, whatever else lies elsewhere', () => {
    const stray = {
      'cond_stage_model.transformer.text_model.embeddings.position_ids': anyTensor,
      'cond_stage_model.transformer.logit_scale': anyTensor,
    };
    const flat = changed((name) => name.replace('transformer.text_model.', 'transformer.'), stray);
    expect(readSingleFile(flat, 'flat').textEncoder).toEqual(readSingleFile(file, 'file').textEncoder);
  });

  it('may have no VAE', () => {
    const cut = changed((name) => (name.startsWith('first_stage_model.') ? null : name));
    expect(readSingleFile(cut, 'f').vae).toBeNull();
    expect(readSingleFile(cut, 'f').unet).toEqual(readSingleFile(file, 'f').unet);
  });

  it('takes the VAE from where its weights are', () => {
    const moved = changed((name) => name.replace('first_stage_model.', 'vae.'), {
      'first_stage_model.loss.logvar': anyTensor,
    });
    expect(readSingleFile(moved, 'f').vae).toEqual(readSingleFile(file, 'f').vae);
  });

  it('keeps an unknown UNet tensor under its name for the check of unused tensors', () => {
    const odd = changed(same, { [`${unetPrefix}mystery.weight`]: anyTensor });
    expect(readSingleFile(odd, 'f').unet.table.has('mystery.weight')).toBe(true);
  });
});

it('an inpainting checkpoint is read as one', () => {
  const nine = changed(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 9, 3, 3] } });
  expect(readSingleFile(nine, 'f').unet.config).toMatchObject({ in_channels: 9, out_channels: 4 });
});

describe('files that are something else', () => {
  it.each([
    ['Stable Diffusion XL', changed(same, { 'conditioner.embedders.0.transformer.text_model.x': anyTensor })],
    ['Stable Diffusion 2.x', changed(same, { 'cond_stage_model.model.token_embedding.weight': anyTensor })],
    ['Stable Diffusion 3', changed(same, { [`${unetPrefix}joint_blocks.0.x`]: anyTensor })],
    ['Flux', changed(same, { 'double_blocks.0.img_attn.norm.key_norm.scale': anyTensor })],
    [
      'an InstructPix2Pix checkpoint',
      changed(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 8, 3, 3] } }),
    ],
    [
      'a depth-guided checkpoint',
      changed(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 5, 3, 3] } }),
    ],
    [
      'an upscaler',
      changed(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 7, 3, 3] } }),
    ],
    ['a class-conditioned UNet', changed(same, { [`${unetPrefix}label_emb.0.0.weight`]: anyTensor })],
    ['Flux', changed(same, { [`${unetPrefix}double_blocks.0.x`]: anyTensor })],
    ['Stable Diffusion 3', changed(same, { 'joint_blocks.0.x': anyTensor })],
    ['a ControlNet', changed(same, { 'input_hint_block.0.weight': anyTensor })],
    ['a LoRA file', changed(same, { 'unet.x.lora_A.weight': anyTensor })],
    [
      'one part of a model',
      { table: new Map([['down_blocks.0.resnets.0.conv1.weight', anyTensor]]), metadata: new Map<string, string>() },
    ],
    ['a ControlNet', changed(same, { 'control_model.time_embed.0.weight': anyTensor })],
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
    const cut = changed((name) => (/input_blocks\.[1-9]/u.test(name) ? null : name));
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
    expect(() => readSingleFile(changed(same, { [name]: anyTensor }), 'f')).toThrow(
      expect.objectContaining({
        code: 'unsupported-config',
        message: expect.stringContaining(`holds the weights of "${twice}" twice`) as string,
      }),
    );
  });

  it.each([['cond_stage_model.', 'text encoder']])('says which part is missing: %s', (prefix, what) => {
    const cut = changed((name) => (name.startsWith(prefix) ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(
      expect.objectContaining({ code: 'missing-tensor', message: expect.stringContaining(`no ${what}`) as string }),
    );
  });

  it('names the tensor that a config needs', () => {
    const cut = changed((name) => (name === `${unetPrefix}out.2.weight` ? null : name));
    expect(() => readSingleFile(cut, 'f')).toThrow(
      expect.objectContaining({ code: 'missing-tensor', message: expect.stringContaining('out.2.weight') as string }),
    );
  });
});
