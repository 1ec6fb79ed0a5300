import { PinwordError } from '../../errors.ts';
import { readLdmPrediction } from './ldm-config.ts';
import { readLdmTextEncoder } from './ldm-text-encoder.ts';
import { readLdmUNet } from './ldm-unet.ts';
import { readLdmVae } from './ldm-vae.ts';
import type { SafetensorsFile } from '../tensor-files/safetensors.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import { refuseOtherFamilies, unetPrefix } from './single-file-family.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

interface SingleFileCheckpoint {
  readonly unet: SingleFileComponent;
  /** null where the file has none: some take it from elsewhere. */
  readonly vae: SingleFileComponent | null;
  readonly textEncoder: SingleFileComponent;
  /** scheduler_config.json. */
  readonly scheduler: ConfigJson;
}

/**
 * Reads a Stable Diffusion 1.x checkpoint with the original (LDM) keys as the three components of diffusers' layout.
 * Names and shapes only: no byte moves. EMA weights and training state are left out.
 * @param yaml the config that lies beside the file, null where there is none.
 * @throws PinwordError 'unsupported-config' naming what the file is instead; 'missing-tensor' where a part is missing.
 */
export function readSingleFile(
  file: SafetensorsFile,
  fileName: string,
  yaml: string | null = null,
): SingleFileCheckpoint {
  refuseOtherFamilies(file.table, fileName);
  const vae = findPart(file.table, vaePlace);
  const textEncoder = findPart(file.table, textEncoderPlace);
  if (textEncoder === null)
    throw new PinwordError(
      'missing-tensor',
      `"${fileName}" holds no text encoder. Choose a complete Stable Diffusion 1.x checkpoint.`,
    );
  return {
    unet: readLdmUNet(below(file.table, unetPrefix), fileName),
    vae: vae === null ? null : readLdmVae(vae, fileName),
    textEncoder: readLdmTextEncoder(textEncoder, fileName),
    scheduler: schedulerConfig(file, yaml),
  };
}

/** Where a single file may hold a part. */
interface Place {
  readonly prefixes: readonly string[];
  /** A tensor that every such part has. A single stray below a prefix does not make it the part's. */
  readonly mark: string;
}

const vaePlace: Place = { prefixes: ['first_stage_model.', 'vae.'], mark: 'decoder.conv_in.weight' };
const textEncoderPlace: Place = {
  prefixes: ['cond_stage_model.transformer.text_model.', 'cond_stage_model.transformer.'],
  mark: 'embeddings.token_embedding.weight',
};

/** The tensors below the part's prefix, without it: the prefix that its mark has, else the first that occurs. */
function findPart(table: TensorTable, { prefixes, mark }: Place): TensorTable | null {
  const names = [...table.keys()];
  const prefix =
    prefixes.find((start) => table.has(start + mark)) ??
    prefixes.find((start) => names.some((name) => name.startsWith(start)));
  return prefix === undefined ? null : below(table, prefix);
}

/** The tensors below a prefix, without it. */
function below(table: TensorTable, prefix: string): TensorTable {
  return new Map(
    [...table].filter(([name]) => name.startsWith(prefix)).map(([name, info]) => [name.slice(prefix.length), info]),
  );
}

/** Metadata that say what a file predicts: ModelSpec's own key, and the one that ComfyUI writes. */
const predictionKeys = ['modelspec.prediction_type', 'modelspec.predict_key'];

/**
 * SD 1.5's own scheduler_config.json, which diffusers takes for single files; what it leaves out, timestep_spacing first of
 * all, is each scheduler's own. Files trained to predict v say so in the config beside them, in metadata or by a tensor
 * v_pred.
 */
function schedulerConfig({ table, metadata }: SafetensorsFile, yaml: string | null): ConfigJson {
  const isMarked = table.has('v_pred') || predictionKeys.some((key) => /^v/i.test(metadata.get(key) ?? ''));
  const predictionType = readLdmPrediction(yaml ?? '') ?? (isMarked ? 'v_prediction' : 'epsilon');
  return {
    _class_name: 'PNDMScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    clip_sample: false,
    set_alpha_to_one: false,
    steps_offset: 1,
    prediction_type: predictionType,
    skip_prk_steps: true,
    trained_betas: null,
    rescale_betas_zero_snr: predictionType === 'v_prediction' && table.has('ztsnr'),
  };
}
