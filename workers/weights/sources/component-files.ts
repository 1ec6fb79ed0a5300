import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/safetensors.ts';
import type { TensorTable } from '../../checkpoint/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import { openShards } from './shards.ts';
import type { SourceFiles } from './source-files.ts';

/** Folders of a diffusers checkpoint that hold weights. `projector` is ours: image embeddings → pseudo-words. */
export type ComponentFolder = 'unet' | 'vae' | 'text_encoder' | 'image_encoder' | 'safety_checker' | 'projector';

export interface ComponentFiles {
  readonly folder: ComponentFolder;
  readonly config: ByteSource;
  /** The safetensors file, or all shards end to end. */
  readonly weights: ByteSource;
  /** Offsets are into `weights`. */
  readonly table: TensorTable;
}

const modelNames = ['diffusion_pytorch_model', 'model'];
const pickleNames = modelNames
  .flatMap((name) => [`${name}.fp16.bin`, `${name}.bin`])
  .concat('pytorch_model.fp16.bin', 'pytorch_model.bin');

/**
 * File names of a component's weights in the order to look for them. float16 comes first: it is half the download, and
 * what SD 1.x repositories ship. diffusers and transformers name their files differently. Shards are named by an index.
 */
function weightFileNames(folder: ComponentFolder): readonly string[] {
  const names = folder === 'unet' || folder === 'vae' || folder === 'projector' ? modelNames : modelNames.toReversed();
  const half = names.flatMap((name) => [
    `${name}.fp16.safetensors`,
    `${name}.fp16.safetensors.index.json`,
    `${name}.safetensors.index.fp16.json`,
  ]);
  const full = names.flatMap((name) => [`${name}.safetensors`, `${name}.safetensors.index.json`]);
  const [usualHalf = '', ...otherHalf] = half;
  const [usualFull = '', ...otherFull] = full;
  return [usualHalf, usualFull, ...otherHalf, ...otherFull];
}

/**
 * The files of one component.
 * @param path the folder where it lies; '' for a repository that holds nothing but this component.
 * @returns null where the checkpoint does not have this component.
 * @throws PinwordError 'file-not-found' (a config without weights, or weights as pickles only) | 'not-a-model-file' |
 *   'bad-safetensors' | 'bad-json' and what reading throws
 */
export async function findComponent(
  files: SourceFiles,
  folder: ComponentFolder,
  path: string = folder,
): Promise<ComponentFiles | null> {
  const start = path === '' ? '' : `${path}/`;
  const config = await files.find(`${start}config.json`);
  if (config === null) {
    const reason = files.whyMissing(`${folder}/config.json`);
    if (reason !== null && folder === 'unet') throw reason;
    return null;
  }
  for (const name of weightFileNames(folder)) {
    const file = await files.find(`${start}${name}`);
    if (file === null) continue;
    if (name.endsWith('.json')) return { folder, config, ...(await openShards(files, start, file)) };
    return { folder, config, weights: file, table: await readSafetensorsTable(file) };
  }
  throw await noWeights(files, folder, start);
}

/** As findComponent. @throws also 'file-not-found' where the component is missing. */
export async function requireComponent(files: SourceFiles, folder: ComponentFolder): Promise<ComponentFiles> {
  const component = await findComponent(files, folder);
  if (component !== null) return component;
  throw (
    files.whyMissing(`${folder}/config.json`) ??
    new PinwordError(
      'file-not-found',
      `${files.name} has no ${folder}/config.json. Choose a Stable Diffusion 1.x model in diffusers layout.`,
    )
  );
}

/** @param start of the paths of its files. */
async function noWeights(files: SourceFiles, folder: ComponentFolder, start: string): Promise<PinwordError> {
  for (const name of pickleNames) {
    if ((await files.find(`${start}${name}`)) === null) continue;
    return new PinwordError(
      'file-not-found',
      `${files.name} has its ${folder} only as ${start}${name}, a pickle that could run code. Save it with diffusers' save_pretrained(…, safe_serialization=True) and load that.`,
    );
  }
  const tried = weightFileNames(folder)
    .map((name) => files.whyMissing(`${start}${name}`))
    .find((reason) => reason !== null);
  return (
    tried ??
    new PinwordError(
      'file-not-found',
      `${files.name} has no weights for ${folder}. Expected ${start}${folder === 'unet' || folder === 'vae' ? 'diffusion_pytorch_model' : 'model'}.safetensors.`,
    )
  );
}
