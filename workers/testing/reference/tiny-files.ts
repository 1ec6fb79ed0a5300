import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import type { Precision } from '../../contract/memory.ts';
import { precisions } from '../../contract/memory.ts';
import {
  parseTinyDecoderConfig,
  parseTinyEncoderConfig,
  type TinyDecoderConfig,
  type TinyEncoderConfig,
} from '../../graph/config/tiny-autoencoder-config.ts';
import type { LoadedPart } from '../../pipeline/modules/loaded-part.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import type { ReferenceTensor } from './reference-case.ts';
import { findReferenceJson, readReferenceFile, readTensorFile } from './reference-file.ts';

/** Autoencoders of tiny_autoencoder_reference.py: in the published shape, one that differs in every number, and one of five levels. */
export const tinyCases = ['published', 'other', 'five-levels'] as const;
export type TinyCase = (typeof tinyCases)[number];

const folder = 'tiny-autoencoder';
const weightFile = 'diffusion_pytorch_model.safetensors';

/** Sizes of latents, height by width, that its reference has. */
export const tinySizes: Readonly<Record<TinyCase, readonly string[]>> = {
  published: ['4x4', '3x6'],
  other: ['4x4', '3x6'],
  'five-levels': ['2x2', '1x3'],
};

/** "3x6.latents", "3x6.image", "3x6.pixels" and "3x6.encoded" */
export function readTinyReference(name: TinyCase): Promise<Map<string, ReferenceTensor>> {
  return readTensorFile(`${folder}/${name}/reference.safetensors`);
}

/** A file of the folder, as a person hands it over. */
export async function tinyFile(path: string): Promise<File> {
  return new File([await readReferenceFile(`${folder}/${path}`)], path.replace(/^.*\//u, ''), { lastModified: 0 });
}

/** diffusers' files of one: the weights and the config. */
export async function tinyFiles(name: TinyCase): Promise<readonly File[]> {
  return [await tinyFile(`${name}/${weightFile}`), await tinyFile(`${name}/config.json`)];
}

interface Half<C> {
  readonly prefix: string;
  readonly parse: (config: unknown, path: string) => C;
}

export const decoderHalf: Half<TinyDecoderConfig> = { prefix: 'decoder.', parse: parseTinyDecoderConfig };
export const encoderHalf: Half<TinyEncoderConfig> = { prefix: 'encoder.', parse: parseTinyEncoderConfig };

/** One half, loaded as the product loads it. */
export async function loadTiny<C>(
  name: TinyCase,
  half: Half<C>,
  precision: Precision = 'f32',
  transform?: TensorTransform,
): Promise<LoadedPart<C>> {
  const config = await findReferenceJson(`${folder}/${name}/config.json`);
  return loadTinyHalf(await tinyFile(`${name}/${weightFile}`), config, half, precision, transform);
}

/** One half of a file, with the config.json that goes with it. */
export async function loadTinyHalf<C>(
  weights: File,
  config: unknown,
  { prefix, parse }: Half<C>,
  precision: Precision = 'f32',
  transform?: TensorTransform,
): Promise<LoadedPart<C>> {
  const source = blobSource(weightFile, weights);
  const table = await readSafetensorsTable(source);
  const wanted = [...table.keys()].filter((tensor) => tensor.startsWith(prefix)).map((tensor) => ({ name: tensor }));
  const { dtype } = precisions[precision];
  const request = { source, table, wanted, dtype, ...(transform === undefined ? {} : { transform }) };
  const local = await materialize(request, memorySink);
  return {
    config: parse(config, 'config.json'),
    weights: { table: local.table, location: prefix },
    file: { path: prefix, data: local.blob },
  };
}
