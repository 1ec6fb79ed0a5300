import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import { openShards } from './shards.ts';
import type { SourceFiles } from './source-files.ts';
import { readWeightFile } from './weight-file.ts';

/**
 * Folders of a diffusers checkpoint that hold weights. `projector` is ours: image embeddings → pseudo-words. `ip_adapter`
 * and `tiny_vae` stand for files and repositories of their own.
 */
export type ComponentFolder =
  'unet' | 'vae' | 'text_encoder' | 'image_encoder' | 'safety_checker' | 'projector' | 'ip_adapter' | 'tiny_vae';

export interface ComponentFiles {
  readonly folder: ComponentFolder;
  readonly config: ByteSource;
  /** The weights' file, or all shards end to end. */
  readonly weights: ByteSource;
  /** Offsets are into `weights`. */
  readonly table: TensorTable;
}

/** What diffusers and transformers call the weights of a module, in safetensors files and in torch's. */
const names = {
  diffusers: { safetensors: 'diffusion_pytorch_model', torch: 'diffusion_pytorch_model' },
  transformers: { safetensors: 'model', torch: 'pytorch_model' },
} as const;

const isOfDiffusers = (folder: ComponentFolder): boolean =>
  folder === 'unet' || folder === 'vae' || folder === 'tiny_vae';

/**
 * File names of a component's weights in the order to look for them: safetensors before torch's own format, and float16
 * first, because it is half the download, and what SD 1.x repositories ship. Shards are named by an index.
 */
function weightFileNames(folder: ComponentFolder): readonly string[] {
  const isDiffusers = isOfDiffusers(folder) || folder === 'projector';
  const order = isDiffusers ? [names.diffusers, names.transformers] : [names.transformers, names.diffusers];
  const of = (endings: (name: (typeof order)[number]) => readonly string[]) => order.flatMap(endings);
  const half = of(({ safetensors: name }) => [
    `${name}.fp16.safetensors`,
    `${name}.fp16.safetensors.index.json`,
    `${name}.safetensors.index.fp16.json`,
  ]);
  const full = of(({ safetensors: name }) => [`${name}.safetensors`, `${name}.safetensors.index.json`]);
  const [usualHalf = '', ...otherHalf] = half;
  const [usualFull = '', ...otherFull] = full;
  const torch = of(({ torch: name }) => [
    `${name}.fp16.bin`,
    `${name}.bin`,
    `${name}.fp16.bin.index.json`,
    `${name}.bin.index.json`,
  ]);
  return [usualHalf, usualFull, ...otherHalf, ...otherFull, ...torch];
}

/**
 * The files of one component.
 * @param path the folder where it lies; '' for a repository that holds nothing but this component.
 * @returns null where the checkpoint does not have this component.
 * @throws PinwordError 'file-not-found' (a config without weights) | 'not-a-model-file' | 'bad-safetensors' | 'bad-pickle' |
 *   'bad-json' and what reading throws
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
    const { source: weights, table } = await readWeightFile(file);
    return { folder, config, weights, table };
  }
  throw noWeights(files, folder, start);
}

/** @param start of the paths of its files. */
function noWeights(files: SourceFiles, folder: ComponentFolder, start: string): PinwordError {
  const tried = weightFileNames(folder)
    .map((name) => files.whyMissing(`${start}${name}`))
    .find((reason) => reason !== null);
  return (
    tried ??
    new PinwordError(
      'file-not-found',
      `${files.name} has no weights for ${folder}. Expected ${start}${isOfDiffusers(folder) ? 'diffusion_pytorch_model' : 'model'}.safetensors.`,
    )
  );
}
