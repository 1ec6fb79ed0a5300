import { PinwordError } from '../errors.ts';
import { readLdmTextEncoder } from './ldm-text-encoder.ts';
import { readLdmUNet } from './ldm-unet.ts';
import { readLdmVae } from './ldm-vae.ts';
import type { SafetensorsFile } from './safetensors.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import { refuseOtherFamilies } from './single-file-family.ts';
import type { TensorTable } from './tensor-table.ts';

export interface SingleFileCheckpoint {
  readonly unet: SingleFileComponent;
  readonly vae: SingleFileComponent;
  readonly textEncoder: SingleFileComponent;
  /** scheduler_config.json. */
  readonly scheduler: ConfigJson;
}

/**
 * Reads a Stable Diffusion 1.x checkpoint with the original (LDM) keys as the three components of diffusers' layout.
 * Names and shapes only: no byte moves. EMA weights and training state are left out.
 * @throws PinwordError 'unsupported-config' naming what the file is instead; 'missing-tensor' where a part is missing.
 */
export function readSingleFile(file: SafetensorsFile, fileName: string): SingleFileCheckpoint {
  refuseOtherFamilies(file.table, fileName);
  const unet = part(file.table, ['model.diffusion_model.'], 'UNet', fileName);
  const vae = part(file.table, ['first_stage_model.', 'vae.'], 'VAE', fileName);
  const textEncoder = part(file.table, ['cond_stage_model.transformer.text_model.', 'cond_stage_model.transformer.'], 'text encoder', fileName);
  return {
    unet: readLdmUNet(unet, fileName),
    vae: readLdmVae(vae, fileName),
    textEncoder: readLdmTextEncoder(textEncoder, fileName),
    scheduler: schedulerConfig(file),
  };
}

/** The tensors below the first of these prefixes that occurs, without it. */
function part(table: TensorTable, prefixes: readonly string[], what: string, fileName: string): TensorTable {
  for (const prefix of prefixes) {
    const found = [...table].filter(([name]) => name.startsWith(prefix)).map(([name, info]) => [name.slice(prefix.length), info] as const);
    if (found.length > 0) return new Map(found);
  }
  throw new PinwordError('missing-tensor', `"${fileName}" holds no ${what}. Choose a complete Stable Diffusion 1.x checkpoint.`);
}

/** SD 1.5's scheduler; files trained to predict v say so in ModelSpec's metadata or by a tensor named v_pred. */
function schedulerConfig({ table, metadata }: SafetensorsFile): ConfigJson {
  const predictsV = table.has('v_pred') || /^v/i.test(metadata.get('modelspec.prediction_type') ?? '');
  return {
    _class_name: 'DDIMScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    clip_sample: false,
    set_alpha_to_one: false,
    steps_offset: 1,
    prediction_type: predictsV ? 'v_prediction' : 'epsilon',
    timestep_spacing: 'leading',
    rescale_betas_zero_snr: predictsV && table.has('ztsnr'),
  };
}
