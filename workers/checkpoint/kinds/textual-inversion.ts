import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { convertChecked, fromFloat32, isFloatDtype, toFloat32 } from '../tensors/dtype.ts';
import { readSafetensors, writeSafetensorsHeader } from '../tensor-files/safetensors.ts';
import { isMap, isTorchFile } from '../tensor-files/tensor-file.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import {
  isPickleTensor,
  type PickleMap,
  type PickleTensor,
  readTorchFile,
  type TorchFile,
} from '../torch/torch-file.ts';

/** Pseudo-words that were learned from pictures (Gal et al. 2022, arXiv 2208.01618). */
interface TextualInversion {
  /** The word that stands for it in a caption, as the file or its name says. */
  readonly name: string;
  /** [count, dimension], row by row. */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly count: number;
  readonly dimension: number;
}

interface Found {
  readonly name: string;
  readonly info: TensorInfo;
  /** What `info` lies in. */
  readonly source: ByteSource;
}

/** A caption has room for 77 tokens, two of which are its ends. */
const maxVectors = 75;
/** Wider than the token embeddings of any CLIP text encoder. */
const maxDimension = 4096;

/** Text encoders that embeddings are made for, by the width of their token embeddings. */
const encoders: ReadonlyMap<number, string> = new Map([
  [768, 'Stable Diffusion 1.x'],
  [1024, 'Stable Diffusion 2.x'],
  [1280, 'Stable Diffusion XL'],
]);

/**
 * Reads an embedding of diffusers ({token: vectors}), A1111 (string_to_param) or ComfyUI (emb_params, clip_l), from
 * safetensors, .pt or .bin.
 * @param wanted width of the token embeddings that the model's text encoder reads; null takes any.
 * @throws PinwordError 'bad-embedding'; 'nan-weight'; 'bad-pickle' | 'bad-safetensors' | 'download-incomplete'.
 */
export async function readTextualInversion(source: ByteSource, wanted: number | null): Promise<TextualInversion> {
  const {
    name,
    info,
    source: place,
  } = (await isTorchFile(source))
    ? await findInTorchFile(source)
    : findInTable(source, (await readSafetensors(source)).table);
  const [count = 1, dimension = 0] = info.shape.length === 1 ? [1, info.shape[0]] : info.shape;
  if (info.shape.length > 2 || !isFloatDtype(info.dtype))
    throw bad(source, `holds a tensor ${info.dtype} [${info.shape.join(', ')}] where vectors should be`);
  if (wanted !== null && dimension !== wanted) {
    throw bad(
      source,
      `was made for ${encoders.get(dimension) ?? 'another text encoder'} (vectors of ${dimension} numbers), but this model's text encoder reads ${wanted}`,
    );
  }
  if (dimension < 1 || dimension > maxDimension)
    throw bad(source, `holds vectors of ${dimension} numbers, which no text encoder reads`);
  if (count < 1 || count > maxVectors)
    throw bad(source, `holds ${count} vectors, and a caption has room for 1 to ${maxVectors}`);
  const bytes = convertChecked(await place.read(info.offset, info.length), info.dtype, 'F32', name);
  return { name, vectors: toFloat32(bytes, 'F32'), count, dimension };
}

/**
 * A safetensors file with these vectors under the token's name: diffusers takes the name as the token, A1111 and
 * ComfyUI take the file's name.
 * @param vectors [count, dimension], row by row.
 */
export function writeTextualInversion(
  token: string,
  vectors: Float32Array<ArrayBuffer>,
  dimension: number,
): Uint8Array<ArrayBuffer> {
  const { header, size } = writeSafetensorsHeader(
    [{ name: token, dtype: 'F32', shape: [vectors.length / dimension, dimension] }],
    new Map([['format', 'pt']]),
  );
  const file = new Uint8Array(size);
  file.set(header);
  file.set(fromFloat32(vectors, 'F32'), header.length);
  return file;
}

function findInTable(source: ByteSource, table: TensorTable): Found {
  const stem = fileStem(source.name);
  if (table.has('clip_g')) throw bad(source, 'was made for Stable Diffusion XL');
  for (const key of ['emb_params', 'clip_l']) {
    const info = table.get(key);
    if (info !== undefined) return { name: stem, info, source };
  }
  return onlyOne(
    source,
    [...table].map(([name, info]) => ({ name, info, source })),
  );
}

async function findInTorchFile(source: ByteSource): Promise<Found> {
  const file = await readTorchFile(source);
  const stem = fileStem(source.name);
  if (isPickleTensor(file.root)) return located(file, stem, file.root);
  if (!isMap(file.root)) throw bad(source, 'holds no vectors');
  const parameters = file.root.get('string_to_param');
  if (isMap(parameters)) {
    const given = file.root.get('name');
    const name = typeof given === 'string' && given.trim() !== '' ? given.trim() : stem;
    return { ...(await onlyTensor(source, file, parameters)), name };
  }
  if (file.root.has('clip_g')) throw bad(source, 'was made for Stable Diffusion XL');
  const found = await onlyTensor(source, file, file.root);
  return found.name === 'emb_params' || found.name === 'clip_l' ? { ...found, name: stem } : found;
}

async function onlyTensor(source: ByteSource, file: TorchFile, map: PickleMap): Promise<Found> {
  const found: Found[] = [];
  for (const [key, value] of map) if (isPickleTensor(value)) found.push(await located(file, String(key), value));
  return onlyOne(source, found);
}

async function located(file: TorchFile, name: string, tensor: PickleTensor): Promise<Found> {
  const info = await file.locate(tensor);
  return { name, info, source: file.source() };
}

function onlyOne(source: ByteSource, found: readonly Found[]): Found {
  const [first, ...more] = found;
  if (first === undefined) throw bad(source, 'holds no vectors');
  if (more.length > 0) throw bad(source, `holds ${found.length} embeddings or is no embedding; choose a file with one`);
  return first;
}

function fileStem(name: string): string {
  return name.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '');
}

function bad(source: ByteSource, what: string): PinwordError {
  return new PinwordError('bad-embedding', `The embedding "${source.name}" ${what}.`);
}
