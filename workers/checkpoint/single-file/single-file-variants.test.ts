import { describe, expect, it } from 'vitest';
import { anyTensor, changedFile, same, singleFile, unetPrefix } from '../../testing/files/changed-single-file.ts';
import { readSingleFile } from './single-file.ts';

describe('variants of single files', () => {
  it('reads a text encoder whose names lack text_model', () => {
    const flat = changedFile((name) => name.replace('transformer.text_model.', 'transformer.'));
    expect(readSingleFile(flat, 'flat').textEncoder.table).toEqual(
      readSingleFile(singleFile, 'file').textEncoder.table,
    );
  });

  it("takes SD 1.5's scheduler", () => {
    expect(readSingleFile(singleFile, 'f').scheduler).toEqual({
      _class_name: 'PNDMScheduler',
      num_train_timesteps: 1000,
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      clip_sample: false,
      set_alpha_to_one: false,
      steps_offset: 1,
      prediction_type: 'epsilon',
      skip_prk_steps: true,
      trained_betas: null,
      rescale_betas_zero_snr: false,
    });
  });

  it('hears that a file predicts v', () => {
    for (const key of ['modelspec.prediction_type', 'modelspec.predict_key']) {
      const byMetadata = { table: singleFile.table, metadata: new Map([[key, 'v']]) };
      expect(readSingleFile(byMetadata, 'f').scheduler).toMatchObject({ prediction_type: 'v_prediction' });
    }
    const byTensor = changedFile(same, { v_pred: anyTensor, ztsnr: anyTensor });
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
    const { table } = changedFile(same, more);
    expect(readSingleFile({ table, metadata }, 'f').scheduler).toMatchObject({
      prediction_type,
      rescale_betas_zero_snr: false,
    });
  });

  it('names the part whose marks are missing by what its first name lacks', () => {
    const cut = changedFile((name) => (name.endsWith('embeddings.token_embedding.weight') ? null : name));
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
    expect(readSingleFile(singleFile, 'f', yaml).scheduler).toMatchObject({ prediction_type });
  });

  it('believes its metadata where the config beside it says nothing', () => {
    const marked = { table: singleFile.table, metadata: new Map([['modelspec.prediction_type', 'v']]) };
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
    const clean = readSingleFile(singleFile, 'f');
    expect(readSingleFile(changedFile(same, Object.fromEntries(strays.map((name) => [name, anyTensor]))), 'f')).toEqual(
      clean,
    );
  });

  it('takes the text encoder from where its weights are, whatever else lies elsewhere', () => {
    const stray = {
      'cond_stage_model.transformer.text_model.embeddings.position_ids': anyTensor,
      'cond_stage_model.transformer.logit_scale': anyTensor,
    };
    const flat = changedFile((name) => name.replace('transformer.text_model.', 'transformer.'), stray);
    expect(readSingleFile(flat, 'flat').textEncoder).toEqual(readSingleFile(singleFile, 'file').textEncoder);
  });

  it('may have no VAE', () => {
    const cut = changedFile((name) => (name.startsWith('first_stage_model.') ? null : name));
    expect(readSingleFile(cut, 'f').vae).toBeNull();
    expect(readSingleFile(cut, 'f').unet).toEqual(readSingleFile(singleFile, 'f').unet);
  });

  it('takes the VAE from where its weights are', () => {
    const moved = changedFile((name) => name.replace('first_stage_model.', 'vae.'), {
      'first_stage_model.loss.logvar': anyTensor,
    });
    expect(readSingleFile(moved, 'f').vae).toEqual(readSingleFile(singleFile, 'f').vae);
  });

  it('keeps an unknown UNet tensor under its name for the check of unused tensors', () => {
    const odd = changedFile(same, { [`${unetPrefix}mystery.weight`]: anyTensor });
    expect(readSingleFile(odd, 'f').unet.table.has('mystery.weight')).toBe(true);
  });
});

it('an inpainting checkpoint is read as one', () => {
  const nine = changedFile(same, { [`${unetPrefix}input_blocks.0.0.weight`]: { ...anyTensor, shape: [32, 9, 3, 3] } });
  expect(readSingleFile(nine, 'f').unet.config).toMatchObject({ in_channels: 9, out_channels: 4 });
});
